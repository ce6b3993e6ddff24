// Internal: elementwise operations, and a reduction behind them, as one operation.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kFused;

/// The place of a value in a program: the inputs first, then the results of the instructions.
using FusedValue = std::uint16_t;

/// An elementwise operation on earlier values.
struct FusedInstruction {
  const OpDef* op;
  Attributes attributes;
  SmallVector<FusedValue, 3> operands;
  DType dtype;  ///< of the result
};

/// A reduction of one value over the last axes.
struct FusedReduction {
  const OpDef* op = nullptr;   ///< nullptr: none
  Attributes attributes = {};  ///< ReduceAttributes
  FusedValue operand = 0;
  DType dtype = DType::f32;  ///< of the result
};

/// A register program: what kFused computes for every element of the shape that its inputs
/// broadcast to, and then over these.
class FusedProgram {
 public:
  /// The most inputs and instructions of a program.
  static constexpr std::size_t kMaxInputs = 16;
  static constexpr std::size_t kMaxInstructions = 48;
  static constexpr FusedValue kNoRegister = std::numeric_limits<FusedValue>::max();

  /// `outputs` are results of instructions; each, in this order, is an output of the operation, and
  /// after them that of the reduction. Operands come before what is made of them. Throws Error if
  /// the program is too large.
  FusedProgram(std::vector<DType> inputs, std::vector<FusedInstruction> instructions,
               std::vector<FusedValue> outputs, FusedReduction reduction = {});

  const std::vector<DType>& inputs() const { return inputs_; }
  const std::vector<FusedInstruction>& instructions() const { return instructions_; }
  const std::vector<FusedValue>& outputs() const { return outputs_; }
  const FusedReduction& reduction() const { return reduction_; }
  std::size_t value_count() const { return inputs_.size() + instructions_.size(); }
  DType dtype(FusedValue value) const {
    return value < inputs_.size() ? inputs_[value] : instructions_[value - inputs_.size()].dtype;
  }

  /// The register of a value; kNoRegister for inputs and for what is written elsewhere: outputs and
  /// the operand of the reduction.
  FusedValue register_of(FusedValue value) const { return registers_[value]; }
  std::size_t register_count() const { return register_count_; }
  /// The value computed by the last instruction that reads `value`; 0 if none does.
  FusedValue last_use(FusedValue value) const { return last_uses_[value]; }

  void fields(FieldVisitor& v) const;

 private:
  void find_last_uses();
  void assign_registers();

  std::vector<DType> inputs_;
  std::vector<FusedInstruction> instructions_;
  std::vector<FusedValue> outputs_;
  FusedReduction reduction_;
  std::vector<FusedValue> last_uses_;
  std::vector<FusedValue> registers_;
  std::size_t register_count_ = 0;
};

/// Runs a program tile by tile.
void run_fused(const KernelContext& context);

}  // namespace gradus
