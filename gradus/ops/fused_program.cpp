#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/ops/fused.h"

namespace gradus {

FusedProgram::FusedProgram(std::vector<DType> inputs, std::vector<FusedInstruction> instructions,
                           std::vector<FusedValue> outputs, FusedReduction reduction)
    : inputs_(std::move(inputs)),
      instructions_(std::move(instructions)),
      outputs_(std::move(outputs)),
      reduction_(std::move(reduction)) {
  if (inputs_.size() > kMaxInputs || instructions_.size() > kMaxInstructions) {
    throw Error(ErrorCode::invalid_argument, "fused",
                fmt::format("a program takes up to {} inputs and {} instructions, not {} and {}",
                            kMaxInputs, kMaxInstructions, inputs_.size(), instructions_.size()));
  }
  find_last_uses();
  assign_registers();
}

void FusedProgram::find_last_uses() {
  last_uses_.assign(value_count(), 0);
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    for (const FusedValue operand : instructions_[i].operands) {
      last_uses_[operand] = static_cast<FusedValue>(inputs_.size() + i);
    }
  }
}

/// Registers are free again behind the last use of their value; a result of the same size takes the
/// place of an operand that it is the last to use.
void FusedProgram::assign_registers() {
  registers_.assign(value_count(), kNoRegister);
  std::vector<FusedValue> free;
  const auto is_written_elsewhere = [&](FusedValue value) {
    return std::find(outputs_.begin(), outputs_.end(), value) != outputs_.end() ||
           (reduction_.op && reduction_.operand == value);
  };
  const auto take_register = [&] {
    if (free.empty()) return static_cast<FusedValue>(register_count_++);
    const FusedValue taken = free.back();
    free.pop_back();
    return taken;
  };
  for (auto value = static_cast<FusedValue>(inputs_.size()); value < value_count(); ++value) {
    SmallVector<FusedValue, 3> dying;  // registers whose values are used here for the last time
    const FusedInstruction& instruction = instructions_[value - inputs_.size()];
    for (const FusedValue operand : instruction.operands) {
      const FusedValue place = registers_[operand];
      if (place == kNoRegister || last_uses_[operand] != value) continue;
      if (std::find(dying.begin(), dying.end(), place) != dying.end()) continue;
      dying.push_back(place);
      // Tile functions work in place between elements of one size only.
      const bool same_size = size_of(dtype(operand)) == size_of(instruction.dtype);
      if (same_size && registers_[value] == kNoRegister && !is_written_elsewhere(value)) {
        registers_[value] = place;
      }
    }
    if (registers_[value] == kNoRegister && !is_written_elsewhere(value)) {
      registers_[value] = take_register();
    }
    for (const FusedValue place : dying) {
      if (place != registers_[value]) free.push_back(place);
    }
  }
}

/// "f32 f32; multiply(0, 1) f32; tanh(2) f32; outputs 3"
void FusedProgram::fields(FieldVisitor& v) const {
  std::string text;
  for (const DType dtype : inputs_) text += fmt::format("{} ", name_of(dtype));
  const auto add = [&](const OpDef& op, const Attributes& attributes, const auto& operands,
                       DType dtype) {
    const std::string settings = attributes.to_string();
    text += fmt::format("; {}({}{}{}) {}", op.name, fmt::join(operands, ", "),
                        settings.empty() ? "" : ", ", settings, name_of(dtype));
  };
  for (const FusedInstruction& i : instructions_) add(*i.op, i.attributes, i.operands, i.dtype);
  if (reduction_.op) {
    const FusedValue operands[] = {reduction_.operand};
    add(*reduction_.op, reduction_.attributes, operands, reduction_.dtype);
  }
  text += fmt::format("; outputs {}", fmt::join(outputs_, ", "));
  v("program", text);
}

}  // namespace gradus
