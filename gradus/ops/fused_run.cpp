#include <algorithm>
#include <optional>

#include "gradus/base/parallel.h"
#include "gradus/memory/allocator.h"
#include "gradus/ops/fold.h"
#include "gradus/ops/fused.h"
#include "gradus/ops/operand_walk.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/stream_copy.h"

// A program runs over tiles short enough for what they touch (registers, inputs, outputs) to stay
// in the first-level cache. Every instruction is the tile function of its operation, and these give
// an element the same bits wherever it lies in a tile, so a program gives the bits of its
// operations one by one.

namespace gradus {
namespace {

constexpr std::int64_t kCacheBytes = 24 * 1024;  // of tiles; the first level has 32 KiB or more
constexpr std::int64_t kShortestTile = 64;
constexpr std::int64_t kLongestTile = 1024;
constexpr std::int64_t kWork = 1 << 16;  // operations on elements for one thread, about
static_assert(static_cast<std::int64_t>(FusedProgram::kMaxInstructions) * 8 * kShortestTile <=
              kCacheBytes);
static_assert(FusedProgram::kMaxInputs <= kMaxWalkOperands);

std::int64_t item_size(DType dtype) { return static_cast<std::int64_t>(size_of(dtype)); }

/// Where the elements of a value lie: element i at base + i * step.
struct Place {
  std::byte* base = nullptr;
  std::int64_t step = 0;  ///< 0: a register, which holds the tile at hand
};

/// A call of the operation: where its values go and how long its tiles are.
class FusedCall {
 public:
  explicit FusedCall(const KernelContext& context)
      : context_(context), program_(context.attributes<FusedProgram>()) {
    for (std::size_t k = 0; k < context.input_count(); ++k) inputs_.push_back(&context.input(k));
    find_layout();
    makes_reduction_ = program_.reduction().op != nullptr;
    places_.resize(program_.value_count());
    for (std::size_t i = 0; i < program_.outputs().size(); ++i) make_output(i);
    find_tile();
    walk_.emplace(layout_, std::span<const Array* const>(inputs_.data(), inputs_.size()), tile_);
  }

  void run() {
    makes_reduction_ ? reduce() : fill();
    for (const Misplaced& output : misplaced_) {
      Array& target = context_.output(output.index);
      copy_strided(shape(), size_of(target.dtype), output.values.bytes(), layout_.strides,
                   target.mutable_bytes(), target.strides);
    }
  }

  const FusedProgram& program() const { return program_; }
  const OperandWalk& walk() const { return *walk_; }
  std::int64_t tile() const { return tile_; }
  std::int64_t register_bytes() const { return tile_ * widest_; }
  const SmallVector<Place, 8>& places() const { return places_; }
  /// The outputs that are written past the caches.
  const SmallVector<FusedValue, 2>& streamed() const { return streamed_; }
  TileFunction function(std::size_t instruction) const { return functions_[instruction]; }

 private:
  /// An output that is to lie in memory otherwise than the program computes it.
  struct Misplaced {
    std::size_t index;
    Array values;
  };

  const Shape& shape() const { return layout_.shape; }

  /// Strides of the arrays that the operations one by one would have made: the first operand that
  /// fills the shape densely decides, and without one it is row-major. The program computes in the
  /// order of the last value.
  void find_layout() {
    layout_.shape = inputs_[0]->shape;
    for (const Array* input : inputs_) {
      layout_.shape = broadcast_shapes("fused", layout_.shape, input->shape);
    }
    plain_ = row_major(shape());
    for (const Array* input : inputs_) {
      const bool fills = input->shape == shape() && is_dense(shape(), input->strides);
      strides_.push_back(fills ? &input->strides : nullptr);
    }
    for (const FusedInstruction& instruction : program_.instructions()) {
      const Strides* own = nullptr;
      for (const FusedValue operand : instruction.operands) {
        if (!own) own = strides_[operand];
      }
      strides_.push_back(own ? own : &plain_);
      const DType last = program_.dtype(instruction.operands.back());
      functions_.push_back(instruction.op->elementwise->tile(last));
    }
    const FusedReduction& reduction = program_.reduction();
    layout_.strides = *strides_[reduction.op ? reduction.operand : program_.value_count() - 1];
  }

  /// Storage for an output: that of a dying input if nothing reads it after the output is written.
  void make_output(std::size_t index) {
    const FusedValue value = program_.outputs()[index];
    if (!(*strides_[value] == layout_.strides)) return make_misplaced(index, value);
    bool donated = false;
    for (FusedValue k = 0; k < inputs_.size() && !donated; ++k) {
      const bool is_free = !taken_[k] && program_.last_use(k) <= value;
      donated = is_free && inputs_[k]->strides == layout_.strides && context_.donate(k, index);
      taken_[k] = taken_[k] || donated;
    }
    if (!donated) context_.allocate(index, layout_.strides);
    Array& output = context_.output(index);
    places_[value] = {output.mutable_bytes(), item_size(output.dtype)};
    const bool is_large = shape().size() * item_size(output.dtype) >= kStreamedBytes;
    if (is_large && !donated && !makes_reduction_) streamed_.push_back(value);
  }

  void make_misplaced(std::size_t index, FusedValue value) {
    Array& output = context_.allocate(index, *strides_[value]);
    Array values{.shape = shape(), .dtype = output.dtype, .strides = {}, .buffer = {}};
    allocate_row_major(values);
    values.strides = layout_.strides;
    places_[value] = {values.mutable_bytes(), item_size(output.dtype)};
    misplaced_.push_back({index, std::move(values)});
  }

  /// As long as the first-level cache allows.
  void find_tile() {
    std::int64_t bytes = 0;  // that a tile touches for each of its elements
    for (const FusedInstruction& instruction : program_.instructions()) {
      widest_ = std::max(widest_, item_size(instruction.dtype));
    }
    bytes += static_cast<std::int64_t>(program_.register_count()) * widest_;
    for (const DType dtype : program_.inputs()) bytes += item_size(dtype);
    for (const FusedValue output : program_.outputs()) bytes += item_size(program_.dtype(output));
    const std::int64_t fitting = kCacheBytes / bytes / kShortestTile * kShortestTile;
    tile_ = std::clamp(fitting, kShortestTile, kLongestTile);
  }

  void fill() const;
  void reduce();

  const KernelContext& context_;
  const FusedProgram& program_;
  SmallVector<const Array*, 4> inputs_;
  SmallVector<TileFunction, 8> functions_;
  Array layout_;  // shape and strides of every value while the program runs
  Strides plain_;
  SmallVector<const Strides*, 8> strides_;  // of each value one by one; nullptr: decides nothing
  SmallVector<Misplaced, 1> misplaced_;
  SmallVector<Place, 8> places_;
  SmallVector<FusedValue, 2> streamed_;
  std::array<bool, FusedProgram::kMaxInputs> taken_ = {};
  bool makes_reduction_ = false;
  std::int64_t widest_ = 1;
  std::int64_t tile_ = 0;
  std::optional<OperandWalk> walk_;
};

/// What one thread needs to run a program.
class FusedThread {
 public:
  FusedThread(const FusedCall& call, std::int64_t longest_range)
      : call_(call), cursor_(call.walk(), longest_range), places_(call.places()) {
    const FusedProgram& program = call.program();
    addresses_.resize(program.value_count());
    for (FusedValue value = 0; value < program.value_count(); ++value) {
      const FusedValue place = program.register_of(value);
      if (place != FusedProgram::kNoRegister) {
        places_[value] = {registers_ + place * call.register_bytes(), 0};
      }
    }
    // Tiles of outputs count in the length of a tile, so there is room for them.
    std::byte* room = registers_ + program.register_count() * call.register_bytes();
    for (const FusedValue value : call.streamed()) {
      streams_.push_back({value, places_[value]});
      places_[value] = {room, 0};
      room += call.tile() * streams_.back().target.step;
    }
  }

  void set_place(FusedValue value, Place place) { places_[value] = place; }

  /// Computes elements [begin, end), counted in the order of memory.
  void run(std::int64_t begin, std::int64_t end) {
    for (cursor_.start(begin, end); cursor_.next();) run_tile();
    if (!streams_.empty()) finish_streaming();
  }

 private:
  void run_tile() {
    const FusedProgram& program = call_.program();
    const std::size_t inputs = program.inputs().size();
    std::copy_n(cursor_.operands(), inputs, addresses_.begin());
    for (std::size_t i = 0; i < program.instructions().size(); ++i) {
      const FusedInstruction& instruction = program.instructions()[i];
      const void* operands[4];
      for (std::size_t k = 0; k < instruction.operands.size(); ++k) {
        operands[k] = addresses_[instruction.operands[k]];
      }
      const Place& place = places_[inputs + i];
      std::byte* const target = place.base + cursor_.first() * place.step;
      addresses_[inputs + i] = target;
      call_.function(i)(operands, target, cursor_.count(), instruction.attributes);
    }
    for (const auto& [value, target] : streams_) {
      stream_copy(target.base + cursor_.first() * target.step, addresses_[value],
                  static_cast<std::size_t>(cursor_.count() * target.step));
    }
  }

  struct Stream {
    FusedValue value;
    Place target;
  };

  const FusedCall& call_;
  WalkCursor cursor_;
  SmallVector<Place, 8> places_;
  SmallVector<const void*, 8> addresses_;
  SmallVector<Stream, 2> streams_;
  alignas(64) std::byte registers_[kCacheBytes];
};

void FusedCall::fill() const {
  const auto instructions = static_cast<std::int64_t>(program_.instructions().size());
  const std::int64_t tiles = std::max<std::int64_t>(1, kWork / instructions / tile_);
  parallel_for(shape().size(), tiles * tile_, [&](std::int64_t begin, std::int64_t end) {
    FusedThread(*this, end - begin).run(begin, end);
  });
}

/// The operand of a reduction, computed block by block.
class FusedElements final : public ComputedElements {
 public:
  FusedElements(const FusedCall& call) : call_(call) {}

  void with_reader(void (*use)(void* state, Reader& reader), void* state) const override {
    BlockReader reader(call_);
    use(state, reader);
  }

 private:
  class BlockReader final : public Reader {
   public:
    explicit BlockReader(const FusedCall& call)
        : operand_(call.program().reduction().operand),
          item_(item_size(call.program().dtype(operand_))),
          stored_(call.places()[operand_].base),
          thread_(call, kFoldBlock / item_) {}

    const std::byte* read(std::int64_t first, std::int64_t count) override {
      std::byte* const base = stored_ ? stored_ : block_ - first * item_;
      thread_.set_place(operand_, {base, item_});
      thread_.run(first, first + count);
      return base + first * item_;
    }

   private:
    FusedValue operand_;
    std::int64_t item_;
    std::byte* stored_;  // where all elements go, if the operand is an output as well
    FusedThread thread_;
    alignas(64) std::byte block_[kFoldBlock];
  };

  const FusedCall& call_;
};

void FusedCall::reduce() {
  const FusedReduction& reduction = program_.reduction();
  const auto& attributes = reduction.attributes.as<ReduceAttributes>();
  layout_.dtype = program_.dtype(reduction.operand);
  const std::size_t last = program_.outputs().size();
  context_.allocate(last, folded_strides(layout_, attributes.axes, attributes.keep_axes));
  const auto count = static_cast<double>(reduced_count(shape(), attributes.axes));
  const FoldResults results{{context_.output(last).mutable_bytes(), nullptr}, count};
  const Fold& which = *reduction.op->fold(layout_.dtype);
  if (can_fold_computed(layout_, attributes.axes)) {
    return fold_computed(layout_, FusedElements(*this), which, attributes.axes, results);
  }
  // What is reduced is not innermost in memory: the operand is stored, and folded as usual.
  Place& place = places_[reduction.operand];
  if (!place.base) {
    layout_.buffer = allocate(static_cast<std::size_t>(shape().size() * item_size(layout_.dtype)));
    place = {layout_.mutable_bytes(), item_size(layout_.dtype)};
  }
  fill();
  Array stored = layout_;
  for (std::size_t i = 0; i < last; ++i) {
    if (program_.outputs()[i] == reduction.operand) stored = context_.output(i);
  }
  fold(stored, which, attributes.axes, results);
}

}  // namespace

void run_fused(const KernelContext& context) { FusedCall(context).run(); }

}  // namespace gradus
