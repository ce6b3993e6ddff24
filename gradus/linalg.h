#pragma once

// Linear algebra in one include: factorisations, systems of equations, eigenvalues, singular values
// and what is made of them. All of it is batched over leading axes and differentiable.

#include "gradus/linalg/cholesky.h"
#include "gradus/linalg/determinant.h"
#include "gradus/linalg/eigen.h"
#include "gradus/linalg/least_squares.h"
#include "gradus/linalg/low_rank.h"
#include "gradus/linalg/lu.h"
#include "gradus/linalg/matrix_function.h"
#include "gradus/linalg/matrix_kind.h"
#include "gradus/linalg/norm.h"
#include "gradus/linalg/pca.h"
#include "gradus/linalg/qr.h"
#include "gradus/linalg/rank.h"
#include "gradus/linalg/solve.h"
#include "gradus/linalg/svd.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/gram.h"
#include "gradus/ops/scatter_matrix.h"
#include "gradus/ops/triangle.h"
