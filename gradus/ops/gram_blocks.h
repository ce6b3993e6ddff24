// Internal: how products of a matrix with itself are cut: into blocks of the result, or into pieces
// of the rows. Both follow from sizes alone, so bits do not depend on threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/blas.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/product.h"

namespace gradus {

inline constexpr std::int64_t kGramBlock =
    512;  // columns; wide enough that packing them costs little
inline constexpr std::int64_t kMostGramColumns =
    2048;  // columns of which there may be a result for each piece
inline constexpr std::int64_t kGramPieceRows = 4096;  // at least

/// The steps of matrix i of x, from one row and from one column to the next.
template <class T>
Operand<T> matrix_in_place(const Array& x, std::int64_t i) {
  const std::size_t rank = x.strides.size();
  return {x.data<T>() + start_of_matrix(x, i), x.strides[rank - 2], x.strides[rank - 1]};
}

template <class T>
void multiply_block(const Operand<T>& x, std::int64_t m, std::int64_t n, std::int64_t row,
                    std::int64_t column, T* c) {
  const auto width = [n](std::int64_t first) { return std::min(kGramBlock, n - first); };
  multiply_packed({.dtype = dtype_of<T>,
                   .m = width(row),
                   .n = width(column),
                   .k = m,
                   .a = reinterpret_cast<const std::byte*>(x.data + row * x.column),
                   .a_row = x.column,
                   .a_column = x.row,
                   .b = reinterpret_cast<const std::byte*>(x.data + column * x.column),
                   .b_row = x.row,
                   .b_column = x.column,
                   .c = reinterpret_cast<std::byte*>(c + row * n + column),
                   .c_row = n});
}

/// Copies what stands on one side of the diagonal to the other.
template <class T>
void mirror(T* c, std::int64_t n) {
  constexpr std::int64_t kTile = 32;
  for (std::int64_t row = 0; row < n; row += kTile) {
    for (std::int64_t column = 0; column <= row; column += kTile) {
      for (std::int64_t r = row; r < std::min(row + kTile, n); ++r) {
        for (std::int64_t k = column; k < std::min(column + kTile, r); ++k)
          c[k * n + r] = c[r * n + k];
      }
    }
  }
}

/// Blocks on and below the diagonal; what lies above is copied.
template <class T>
void multiply_by_blocks(const Operand<T>& x, std::int64_t m, std::int64_t n, T* c) {
  for (std::int64_t row = 0; row < n; row += kGramBlock) {
    for (std::int64_t column = 0; column <= row; column += kGramBlock) {
      multiply_block(x, m, n, row, column, c);
    }
  }
  mirror(c, n);
}

/// How many pieces of rows are multiplied on their own. The number depends on sizes alone, and
/// their results are bounded.
inline std::int64_t piece_count(std::int64_t m, std::int64_t n) {
  constexpr std::int64_t kElements = 1 << 24;
  const std::int64_t bound =
      std::min<std::int64_t>(16, kElements / std::max<std::int64_t>(1, n * n));
  return std::max<std::int64_t>(1, std::min(bound, m / kGramPieceRows));
}

inline std::int64_t rows_of_piece(std::int64_t m, std::int64_t n) {
  const std::int64_t pieces = piece_count(m, n);
  return (m + pieces - 1) / pieces;
}

/// One triangle of c as the sum of one for each piece of rows, made on several threads by
/// update(first row, rows, triangle); what is above the diagonal for LAPACK is below it here.
template <class T, class Update>
void sum_of_pieces(std::int64_t m, std::int64_t n, T* c, Update&& update) {
  const std::int64_t pieces = piece_count(m, n), rows = rows_of_piece(m, n);
  std::vector<T> others(static_cast<std::size_t>((pieces - 1) * n * n));
  const auto result = [&](std::int64_t piece) {
    return piece == 0 ? c : others.data() + (piece - 1) * n * n;
  };
  parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    const OneThread guard;
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t first = std::min(piece * rows, m);
      update(first, std::min(rows, m - first), blas::Matrix<T>{result(piece), n, n, n});
    }
  });
  for (std::int64_t piece = 1; piece < pieces; ++piece) {
    const T* from = result(piece);
    for (std::int64_t r = 0; r < n; ++r) {
      for (std::int64_t k = 0; k <= r; ++k) c[r * n + k] += from[r * n + k];
    }
  }
}

/// Of x^T x, of which one triangle is computed.
inline std::int64_t gram_multiply_adds(const KernelContext& call) {
  const Shape& x = call.input().shape;
  return x.size() * (x.back() + 1) / 2;
}

}  // namespace gradus
