#include "gradus/ops/all_ops.h"

#include "gradus/core/identity.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/fused.h"
#include "gradus/ops/gram.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/normalization.h"
#include "gradus/ops/one_minus_square.h"
#include "gradus/ops/pooling.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/recurrent.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/scatter_matrix.h"
#include "gradus/ops/select.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/special.h"
#include "gradus/ops/transcendental.h"
#include "gradus/ops/update.h"

namespace gradus {
namespace {

const OpDef* const kAllOps[] = {
    // graph
    &kIdentity,
    &kRequireFinite,
    &kRequireThat,
    // elementwise
    &kAdd,
    &kSubtract,
    &kMultiply,
    &kDivide,
    &kFloorDivide,
    &kRemainder,
    &kMaximum,
    &kMinimum,
    &kCopySign,
    &kNegative,
    &kAbsolute,
    &kSign,
    &kSquare,
    &kReciprocal,
    &kSqrt,
    &kRsqrt,
    &kOneMinusSquare,
    &kEqual,
    &kNotEqual,
    &kLess,
    &kLessEqual,
    &kGreater,
    &kGreaterEqual,
    &kIsNan,
    &kIsInfinite,
    &kIsFinite,
    &kSignBit,
    &kLogicalAnd,
    &kLogicalOr,
    &kLogicalXor,
    &kLogicalNot,
    &kWhere,
    &kCast,
    &kStopGradient,
    &kExp,
    &kExp2,
    &kExpm1,
    &kLog,
    &kLog2,
    &kLog10,
    &kLog1p,
    &kPower,
    &kLogAddExp,
    &kCbrt,
    &kSin,
    &kCos,
    &kTan,
    &kAsin,
    &kAcos,
    &kAtan,
    &kAtan2,
    &kHypot,
    &kSinh,
    &kCosh,
    &kTanh,
    &kTanhGradient,
    &kAsinh,
    &kAcosh,
    &kAtanh,
    &kErf,
    &kErfc,
    &kLgamma,
    &kDigamma,
    &kPolygamma,
    &kErfinv,
    &kErfcinv,
    &kGammainc,
    &kGammaincc,
    &kGammaincinv,
    &kGammainccinv,
    &kGammaincShapeGradient,
    &kBetainc,
    &kBetaincinv,
    &kBetaincShapeGradient,
    &kFloor,
    &kCeil,
    &kRound,
    &kTruncate,
    &kRelu,
    &kReluGradient,
    &kSigmoid,
    &kSigmoidGradient,
    &kSoftplus,
    &kSilu,
    &kSiluGradient,
    &kGelu,
    &kGeluGradient,
    &kLeakyRelu,
    &kLeakyReluGradient,
    &kElu,
    &kEluGradient,
    &kFused,

    // reductions
    &kSum,
    &kMean,
    &kMax,
    &kMin,
    &kVar,
    &kProd,
    &kLogSumExp,
    &kAny,
    &kAll,
    &kArgmax,
    &kArgmin,
    &kCumSum,
    &kCumProd,
    &kLinearRecurrence,

    // rearrangement, indexing, creation
    &kFull,
    &kReshape,
    &kTranspose,
    &kBroadcast,
    &kSlice,
    &kSliceScatter,
    &kPad,
    &kConcatenate,
    &kSplit,
    &kFlip,
    &kArange,
    &kLinspace,
    &kEye,
    &kTake,
    &kTakeAlongAxis,
    &kScatterAdd,
    &kScatterAddAlongAxis,
    &kSort,
    &kTopK,
    &kOneHot,

    // random
    &kFoldIn,
    &kRandomUniform,
    &kRandomNormal,
    &kRandomBernoulli,
    &kRandomInteger,
    &kRandomPermutation,
    &kRandomCategorical,
    &kRandomLogGamma,
    &kLogGammaSampleGradient,
    &kRandomPoisson,
    &kRandomBinomial,

    // products, convolutions, pooling
    &kMatmul,
    &kLinear,
    &kLinearGradient,
    &kConvolution,
    &kConvolutionDataGradient,
    &kConvolutionWeightGradient,
    &kMaxPool,
    &kMaxPoolGather,
    &kMaxPoolGradient,
    &kAveragePool,
    &kAveragePoolGradient,

    // factorisations of matrices and what rests on them
    &kCholesky,
    &kLu,
    &kQr,
    &kEigh,
    &kEigvalsh,
    &kSvd,
    &kSvdvals,
    &kTriangularSolve,
    &kSolve,
    &kInverse,
    &kDeterminant,
    &kCofactor,
    &kSlogdet,
    &kLeastSquares,
    &kPseudoInverse,
    &kEig,
    &kEigvals,
    &kMatrixExp,
    &kMatrixSqrt,
    &kSolveLyapunov,
    &kGram,
    &kScatterMatrix,

    // softmax, normalisation
    &kSoftmax,
    &kSoftmaxGradient,
    &kLogSoftmax,
    &kSoftmaxCrossEntropy,
    &kSoftmaxCrossEntropyGradient,
    &kLayerNorm,
    &kBatchNorm,
    &kNormalizationGradient,

    // recurrences
    &kRnn,
    &kRnnGradient,
    &kLstm,
    &kLstmGradient,
    &kGru,
    &kGruGradient,

    // optimiser steps
    &kSgdUpdate,
    &kMomentumUpdate,
    &kAdamUpdate,
    &kAdaGradUpdate,
    &kRmsPropUpdate,

};

}  // namespace

std::span<const OpDef* const> all_ops() { return kAllOps; }

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : all_ops()) {
    if (name == op->name) return op;
  }
  return nullptr;
}

}  // namespace gradus
