#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "gradus/core/array.h"
#include "gradus/core/attributes.h"
#include "gradus/core/tensor.h"

namespace gradus {

class Node;
class PreparedInputs;
struct OpDef;

using Inputs = SmallVector<Tensor, 3>;

/// What an output will be, known before any work is done.
struct Spec {
  Shape shape;
  DType dtype = DType::f32;
};
using Specs = SmallVector<Spec, 1>;

/// What a shape rule sees.
struct InferContext {
  const OpDef& op;
  std::span<const Tensor> inputs;
  const Attributes& attributes;

  const Shape& shape(std::size_t i) const { return inputs[i].shape(); }
  DType dtype(std::size_t i) const { return inputs[i].dtype(); }
};

/// What a derivative rule sees: the node's inputs and outputs, and the gradients of the outputs
/// (undefined where nothing depends on that output). The rule returns one gradient per input, of
/// the input's shape; undefined where needed[i] is false or the derivative is zero everywhere. It
/// must be linear in the gradients and made of operations on tensors, so that it can be
/// differentiated again.
struct VjpContext {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::span<const Tensor> gradients;
  std::span<const bool> needed;
  const Attributes& attributes;

  /// The gradient of the only output.
  const Tensor& gradient() const { return gradients[0]; }
  const Tensor& output() const { return outputs[0]; }
};

/// Where the storage of an output came from.
struct StorageOrigin {
  enum class Kind : std::uint8_t { none, allocated, shared, donated };
  Kind kind = Kind::none;
  std::uint32_t input = 0;  ///< whose storage it is, if shared or donated
};

/// What a kernel sees: evaluated, strided inputs, and outputs whose storage it makes.
class KernelContext {
 public:
  /// Kernels make the outputs' storage. With `origins`, an entry per output says how.
  KernelContext(const OpDef& op, const Attributes& attributes, std::span<const Array* const> inputs,
                std::span<Array> outputs, std::span<const bool> donatable,
                StorageOrigin* origins = nullptr, PreparedInputs* prepared = nullptr)
      : op_(op),
        attributes_(attributes),
        inputs_(inputs),
        outputs_(outputs),
        donatable_(donatable),
        origins_(origins),
        prepared_(prepared) {}

  /// True if, once the kernel has run, all outputs show storage of inputs in another way.
  bool moves_nothing() const { return shared_ > 0 && shared_ == outputs_.size(); }

  /// The same call once more, over outputs whose storage lies ready.
  KernelContext planned() const {
    KernelContext context(op_, attributes_, inputs_, outputs_, donatable_, nullptr, prepared_);
    context.planned_ = true;
    return context;
  }

  const OpDef& op() const { return op_; }
  const Attributes& attributes() const { return attributes_; }
  template <class T>
  const T& attributes() const {
    return attributes_.as<T>();
  }
  std::size_t input_count() const { return inputs_.size(); }
  std::size_t output_count() const { return outputs_.size(); }
  const Array& input(std::size_t i = 0) const { return *inputs_[i]; }
  Array& output(std::size_t i = 0) const { return outputs_[i]; }

  /// Gives an output fresh storage, row-major or with the given (dense) strides.
  Array& allocate(std::size_t output = 0) const;
  Array& allocate(std::size_t output, const Strides& strides) const;
  /// True if nobody else holds input i, so that its storage may be overwritten.
  bool donatable(std::size_t i) const { return donatable_[i]; }
  /// Gives an output the storage, strides and offset of a donatable input of the same shape and
  /// element size, and true; or does nothing and returns false.
  bool donate(std::size_t input, std::size_t output = 0) const;
  /// Gives an output the storage of an input, seen through other strides. For operations that move
  /// nothing (transpose, slice, broadcast).
  void share(std::size_t input, std::size_t output, Strides strides, std::int64_t offset) const;

  /// What fill(std::byte*) makes of input i alone, in `bytes` of memory: a weight in the order in
  /// which a kernel reads it. In a compiled function it is made once for as long as the input, a
  /// constant or a state that the function does not change, stays what it is.
  template <class F>
  Buffer prepare(std::size_t i, std::size_t bytes, F&& fill) const {
    return prepare(
        i, bytes,
        [](void* raw, std::byte* to) { (*static_cast<std::remove_reference_t<F>*>(raw))(to); },
        &fill);
  }

 private:
  Buffer prepare(std::size_t i, std::size_t bytes, void (*fill)(void*, std::byte*),
                 void* state) const;

  const OpDef& op_;
  const Attributes& attributes_;
  std::span<const Array* const> inputs_;
  std::span<Array> outputs_;
  std::span<const bool> donatable_;
  StorageOrigin* origins_ = nullptr;
  PreparedInputs* prepared_ = nullptr;
  bool planned_ = false;
  mutable std::uint32_t shared_ = 0;  // outputs that share() gave their storage
};

/// One way to compute an operation.
struct Kernel {
  const char* name;
  /// Why this kernel does not take the call, or nullptr if it does. No function: it takes all.
  const char* (*refuse)(const KernelContext&);
  void (*run)(const KernelContext&);
};

/// A few kernels, in order of preference. A constant, so that operations need no code at start-up.
class Kernels {
 public:
  constexpr Kernels(std::initializer_list<Kernel> kernels) {
    for (const Kernel& kernel : kernels) items_[count_++] = kernel;  // too many: not a constant
  }
  constexpr const Kernel* begin() const { return items_; }
  constexpr const Kernel* end() const { return items_ + count_; }
  constexpr const Kernel& back() const { return items_[count_ - 1]; }

 private:
  Kernel items_[6] = {};
  std::size_t count_ = 0;
};

/// Computes `count` contiguous elements: outputs[i] = f(inputs[0][i], inputs[1][i], ...).
using TileFunction = void (*)(const void* const* inputs, void* output, std::int64_t count,
                              const Attributes& attributes);

/// The tile functions of an elementwise operation by the element type of its last input; nullptr
/// where that type is not taken.
struct Tiles {
  TileFunction by_dtype[8] = {};
};

/// How an elementwise operation works on contiguous elements.
struct ElementwiseDef {
  /// The tiles of a family of operations, compiled for the instruction set of this processor, and
  /// the place of this operation among them.
  const Tiles* (*family)() = nullptr;
  int row = 0;
  /// The function on single values by the C library, in double precision and on integers: the
  /// reference kernel.
  double (*real)(const double* inputs, const Attributes& attributes) = nullptr;
  std::int64_t (*integer)(const std::int64_t* inputs, const Attributes& attributes) = nullptr;

  TileFunction tile(DType dtype) const {
    return family()[row].by_dtype[static_cast<std::size_t>(dtype)];
  }
};

/// A call that shows an operation at work; tests run every one.
struct Sample {
  std::string name;
  Tensors inputs;
  Attributes attributes = {};
  /// Relative and absolute tolerance against the reference kernel, where rounding asks for more
  /// than a few units in the last place; say why beside the sample.
  double tolerance = 0;
  /// False where the function is not differentiable at this sample (a tie, a kink).
  bool differentiable = true;
};

/// How a reduction takes elements in (ops/fold.h).
struct Fold;

/// An operation as data. See docs/architecture.md for how to write one.
struct OpDef {
  const char* name;
  /// One sentence: what it computes, with shapes.
  const char* doc;
  int minimum_inputs = 1;
  int maximum_inputs = 1;
  /// Shapes and types of the outputs; throws Error where the inputs do not fit.
  Specs (*infer)(const InferContext&);
  /// The vector-Jacobian product; nullptr only with `no_derivative` set.
  Inputs (*vjp)(const VjpContext&) = nullptr;
  /// Why there is no derivative ("its values are indices").
  const char* no_derivative = nullptr;
  /// Which values of floating inputs its kernels refuse with an Error ("matrices that are not
  /// finite"); nullptr if they compute something for all, NaN among them.
  const char* refuses = nullptr;
  /// Tried in order; the first to accept runs. The last is the plain reference and accepts all.
  Kernels kernels;
  std::vector<Sample> (*samples)() = nullptr;
  const ElementwiseDef* elementwise = nullptr;
  /// For a reduction over axes (ReduceAttributes): its fold of elements of that type, by which it
  /// can follow elementwise operations without their result being stored.
  const Fold* (*fold)(DType dtype) = nullptr;
  /// The multiply-adds of a call, from the shapes alone; nullptr: it is no product. A sum of
  /// products counts what its definition says, whatever the kernel saves.
  std::int64_t (*multiply_adds)(const KernelContext& call) = nullptr;
  /// For an operation made of others: which, "multiply add; sum".
  std::string (*parts)(const Attributes& attributes) = nullptr;
  /// The operation's name in ONNX, or nullptr.
  const char* onnx = nullptr;
  /// The batching rule of vmap; none is written yet.
  void (*vmap)() = nullptr;

  const Kernel& reference() const { return kernels.back(); }
};

/// Builds a node and returns its only or first output. Checks the number of inputs and calls the
/// shape rule, so errors appear here. Nothing is computed yet, except with GRADUS_EAGER=1 or when
/// too much work is pending.
Tensor apply(const OpDef& op, Inputs inputs, Attributes attributes = {});

/// As apply(), with all outputs.
SmallVector<Tensor, 3> apply_all(const OpDef& op, Inputs inputs, Attributes attributes = {});

/// Runs one kernel of `op` at once on evaluated inputs, outside any graph; for tests.
std::vector<Array> run_kernel(const OpDef& op, const Kernel& kernel, std::span<const Tensor> inputs,
                              const Attributes& attributes);

}  // namespace gradus
