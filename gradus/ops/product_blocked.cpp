// Blocked matrix product after Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication" (2008): panels of b stay in the first-level cache, blocks of a in the second.
//
// Every element of c is the sum over blocks of k (their bounds depend on k alone) of sums in the
// order of k, whichever tile it falls in, so that the work can be split in any way without a change
// of a bit.

#include <algorithm>
#include <cstring>
#include <utility>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/product.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/product_blocked.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/panels-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

template <class T>
using Vector = hn::ScalableTag<T>;

// A tile of c is kept in registers: kRows rows of two vectors.
constexpr std::int64_t kRows = HWY_MAX_BYTES == 64 ? 12 : 6;
template <class T>
constexpr std::int64_t kColumns = 2 * HWY_MAX_BYTES / sizeof(T);

// A panel of b takes about two thirds of the first-level cache (48 KiB where there is AVX-512),
// a block of a half of the second.
template <class T>
constexpr std::int64_t kDepth = (HWY_MAX_BYTES == 64 ? 32 << 10 : 20 << 10) / kColumns<T> /
                                static_cast<std::int64_t>(sizeof(T));
constexpr std::int64_t kBlockBytes = 256 << 10;
template <class T>
constexpr std::int64_t kGroup = 4 * kColumns<T>;  // columns of b packed at once

template <class T>
struct Tile {
  std::int64_t depth;
  const T* a;  // (depth, kRows)
  const T* b;  // (depth, kColumns)
  T* c;        // (kRows, kColumns)
  std::int64_t c_row;
  const T* bias;  // (kColumns), or nullptr
  bool add;       // to what c holds, else c is overwritten
};

template <class T>
HWY_INLINE void multiply_tile(const Tile<T>& tile) {
  const Vector<T> d;
  const std::int64_t lanes = kColumns<T> / 2;
  hn::Vec<Vector<T>> left[kRows], right[kRows];
#pragma GCC unroll 16
  for (std::int64_t i = 0; i < kRows; ++i) left[i] = right[i] = hn::Zero(d);
  for (std::int64_t i = 0; i < kRows; ++i) {
    __builtin_prefetch(tile.c + i * tile.c_row, 1);
    __builtin_prefetch(tile.c + i * tile.c_row + kColumns<T> - 1, 1);
  }
  const T* b = tile.b;
  const T* a = tile.a;
  for (std::int64_t l = 0; l < tile.depth; ++l, b += kColumns<T>, a += kRows) {
    const auto b_left = hn::Load(d, b);
    const auto b_right = hn::Load(d, b + lanes);
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kRows; ++i) {
      const auto value = hn::Set(d, a[i]);
      left[i] = hn::MulAdd(value, b_left, left[i]);
      right[i] = hn::MulAdd(value, b_right, right[i]);
    }
  }
  T* c = tile.c;
  if (tile.add) {
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kRows; ++i, c += tile.c_row) {
      hn::StoreU(hn::Add(hn::LoadU(d, c), left[i]), d, c);
      hn::StoreU(hn::Add(hn::LoadU(d, c + lanes), right[i]), d, c + lanes);
    }
    return;
  }
  const auto bias_left = tile.bias ? hn::LoadU(d, tile.bias) : hn::Zero(d);
  const auto bias_right = tile.bias ? hn::LoadU(d, tile.bias + lanes) : hn::Zero(d);
#pragma GCC unroll 16
  for (std::int64_t i = 0; i < kRows; ++i, c += tile.c_row) {
    hn::StoreU(hn::Add(left[i], bias_left), d, c);
    hn::StoreU(hn::Add(right[i], bias_right), d, c + lanes);
  }
}

template <class T>
class Blocked {
 public:
  explicit Blocked(const Product& p)
      : p_(p),
        a_(reinterpret_cast<const T*>(p.a)),
        b_(reinterpret_cast<const T*>(p.b)),
        c_(reinterpret_cast<T*>(p.c)) {
    const std::int64_t blocks = (p.k + kDepth<T> - 1) / kDepth<T>;
    depth_ = (p.k + blocks - 1) / blocks;
    rows_ = kBlockBytes / static_cast<std::int64_t>(sizeof(T)) / depth_ / kRows * kRows;
    rows_ = std::min(rows_, (p.m + kRows - 1) / kRows * kRows);
    constexpr std::int64_t kTile = kRows * kColumns<T>;
    const std::int64_t columns =
        std::min(kGroup<T>, (p.n + kColumns<T> - 1) / kColumns<T> * kColumns<T>);
    scratch_ = allocate(sizeof(T) *
                        static_cast<std::size_t>(columns * (depth_ + 1) + kTile + rows_ * depth_));
    group_ = reinterpret_cast<T*>(scratch_.data());
    bias_ = group_ + columns * depth_;
    edge_ = bias_ + columns;
    block_ = edge_ + kTile;
  }

  void run() {
    for (std::int64_t from = 0; from < p_.k; from += depth_) {
      const std::int64_t depth = std::min(depth_, p_.k - from);
      for (std::int64_t row = 0; row < p_.m; row += rows_) {
        const std::int64_t rows = std::min(rows_, p_.m - row);
        pack_block(from, depth, row, rows);
        for (std::int64_t column = 0; column < p_.n; column += kGroup<T>) {
          multiply_group(from, depth, row, rows, column);
        }
      }
    }
  }

 private:
  const T* b_at(std::int64_t l, std::int64_t j) const {
    return b_ + l * p_.b_row + j * p_.b_column;
  }

  void pack_block(std::int64_t from, std::int64_t depth, std::int64_t row, std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; i += kRows) {
      pack_panel<T, kRows>(a_ + (row + i) * p_.a_row + from * p_.a_column, p_.a_row, p_.a_column,
                           std::min(kRows, rows - i), depth, block_ + i * depth);
    }
  }

  /// Packs some panels of b. Rows are read for all panels at once: panel by panel, every row would
  /// be another page, and looking up pages is what the packing would spend its time on.
  void pack_group(std::int64_t from, std::int64_t depth, std::int64_t column, std::int64_t width) {
    if (p_.b_source) {
      return p_.b_source->write(from, depth, p_.b_offset + column, width, kColumns<T>,
                                reinterpret_cast<std::byte*>(group_));
    }
    std::int64_t packed = 0;
    if (p_.b_column == 1) {
      packed = width / kColumns<T> * kColumns<T>;
      for (std::int64_t l = 0; l < depth; ++l) {
        const T* row = b_at(from + l, column);
        T* to = group_ + l * kColumns<T>;
        for (std::int64_t j = 0; j < packed; j += kColumns<T>, to += depth * kColumns<T>) {
          std::memcpy(to, row + j, kColumns<T> * sizeof(T));
        }
      }
    }
    for (; packed < width; packed += kColumns<T>) {
      pack_panel<T, kColumns<T>>(b_at(from, column + packed), p_.b_column, p_.b_row,
                                 std::min(kColumns<T>, width - packed), depth,
                                 group_ + packed * depth);
    }
  }

  void gather_bias(std::int64_t column, std::int64_t width) {
    const T* bias = reinterpret_cast<const T*>(p_.bias) + column * p_.bias_step;
    for (std::int64_t j = 0; j < width; ++j) bias_[j] = bias[j * p_.bias_step];
  }

  /// A group of panels of b times the packed block of a.
  void multiply_group(std::int64_t from, std::int64_t depth, std::int64_t row, std::int64_t rows,
                      std::int64_t column) {
    const std::int64_t columns = std::min(kGroup<T>, p_.n - column);
    pack_group(from, depth, column, columns);
    const bool biased = from == 0 && p_.bias;
    if (biased) gather_bias(column, columns);
    const std::int64_t tiles = (rows + kRows - 1) / kRows;
    Prefetch next(*this, from, depth, column + columns, tiles * ((columns - 1) / kColumns<T> + 1));
    for (std::int64_t j = 0; j < columns; j += kColumns<T>) {
      const std::int64_t width = std::min(kColumns<T>, columns - j);
      Tile<T> tile{depth,   block_,   group_ + j * depth,
                   nullptr, p_.c_row, biased ? bias_ + j : nullptr,
                   from > 0};
      for (std::int64_t i = 0; i < rows; i += kRows, tile.a += kRows * depth) {
        next.advance();
        const std::int64_t height = std::min(kRows, rows - i);
        tile.c = c_ + (row + i) * p_.c_row + column + j;
        if (height == kRows && width == kColumns<T>) {
          multiply_tile(tile);
        } else {
          multiply_edge(tile, height, width);
        }
      }
    }
  }

  /// Asks for the next group of panels of b, some lines of memory during each tile, so that packing
  /// it does not wait.
  class Prefetch {
   public:
    Prefetch(const Blocked& of, std::int64_t from, std::int64_t depth, std::int64_t column,
             std::int64_t tiles) {
      const Product& p = of.p_;
      const std::int64_t columns = std::min(kGroup<T>, p.n - column);
      if (columns <= 0 || p.b_source) return;
      const bool along_rows = p.b_column == 1;
      rows_ = along_rows ? depth : columns;
      step_ = along_rows ? p.b_row : p.b_column;
      lines_ = ((along_rows ? columns : depth) - 1) / kLine + 1;
      row_ = of.b_at(from, column);
      per_tile_ = (rows_ * lines_ + tiles - 1) / tiles;
    }
    void advance() {
      for (std::int64_t i = 0; i < per_tile_ && rows_ > 0; ++i) {
        __builtin_prefetch(row_ + line_ * kLine, 0, 2);
        if (++line_ < lines_) continue;
        line_ = 0;
        row_ += step_;
        --rows_;
      }
    }

   private:
    static constexpr std::int64_t kLine = 64 / sizeof(T);
    std::int64_t rows_ = 0, step_ = 0, lines_ = 0, per_tile_ = 0, line_ = 0;
    const T* row_ = nullptr;
  };

  /// A tile over the edge of c: computed beside it, and the part inside copied.
  void multiply_edge(Tile<T> tile, std::int64_t height, std::int64_t width) {
    T* c = std::exchange(tile.c, edge_);
    if (tile.add) copy(c, p_.c_row, edge_, kColumns<T>, height, width);
    tile.c_row = kColumns<T>;
    multiply_tile(tile);
    copy(edge_, kColumns<T>, c, p_.c_row, height, width);
  }

  static void copy(const T* from, std::int64_t from_row, T* to, std::int64_t to_row,
                   std::int64_t height, std::int64_t width) {
    for (std::int64_t i = 0; i < height; ++i) {
      for (std::int64_t j = 0; j < width; ++j) to[i * to_row + j] = from[i * from_row + j];
    }
  }

  const Product& p_;
  const T* a_;
  const T* b_;
  T* c_;
  std::int64_t depth_ = 0, rows_ = 0;  // of a block of a
  Buffer scratch_;
  T* group_;  // (panels, depth, kColumns), of b
  T* bias_;   // (panels * kColumns)
  T* edge_;   // (kRows, kColumns)
  T* block_;  // (rows / kRows, depth, kRows), of a
};

void multiply(const Product& p) {
  if (p.dtype == DType::f32) {
    Blocked<float>(p).run();
  } else {
    Blocked<double>(p).run();
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {
GRADUS_EXPORT(multiply);
}  // namespace

const char* refuse_blocked(const Product& p) {
  if (p.dtype != DType::f32 && p.dtype != DType::f64) return "neither f32 nor f64";
  if (p.m == 0 || p.n == 0 || p.k == 0) return "empty";
  return nullptr;
}

void multiply_blocked(const Product& p) {
  // A piece is worth a thread from about a million multiply-adds on. How many there are may depend
  // on the number of threads: the bits do not.
  const std::int64_t threads = in_parallel() ? 1 : thread_count();
  const std::int64_t pieces = std::clamp<std::int64_t>(p.multiply_adds() >> 20, 1, threads);
  const std::int64_t across = std::min(pieces, (p.n + 63) / 64);
  const std::int64_t down = std::min(pieces / across, (p.m + 63) / 64);
  const std::int64_t columns = ((p.n + across - 1) / across + 31) / 32 * 32;
  const std::int64_t rows = ((p.m + down - 1) / down + 11) / 12 * 12;
  const auto item = static_cast<std::int64_t>(size_of(p.dtype));
  parallel_for(across * down, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t row = piece / across * rows, column = piece % across * columns;
      if (row >= p.m || column >= p.n) continue;
      Product part = p;
      part.m = std::min(rows, p.m - row);
      part.n = std::min(columns, p.n - column);
      part.a += row * p.a_row * item;
      part.b += column * p.b_column * item;
      part.b_offset += column;
      part.c += (row * p.c_row + column) * item;
      if (part.bias) part.bias += column * p.bias_step * item;
      GRADUS_DISPATCH(multiply)(part);
    }
  });
}

}  // namespace gradus
#endif
