#include "gradus/ops/fused.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus {
namespace {

Shape broadcast_all(std::span<const Tensor> inputs) {
  Shape shape = inputs[0].shape();
  for (const Tensor& input : inputs.subspan(1)) {
    shape = broadcast_shapes("fused", shape, input.shape());
  }
  return shape;
}

Specs infer_fused(const InferContext& context) {
  const auto& program = context.attributes.as<FusedProgram>();
  if (context.inputs.size() != program.inputs().size()) {
    throw Error(ErrorCode::invalid_argument, "fused",
                fmt::format("the program takes {} inputs, not {}", program.inputs().size(),
                            context.inputs.size()));
  }
  for (std::size_t i = 0; i < context.inputs.size(); ++i) {
    if (context.dtype(i) == program.inputs()[i]) continue;
    throw Error(ErrorCode::dtype, "fused",
                fmt::format("the program takes {} as input {}, not {}",
                            name_of(program.inputs()[i]), i, context.inputs[i].signature()),
                {context.shape(i)});
  }
  const Shape shape = broadcast_all(context.inputs);
  Specs specs;
  for (const FusedValue output : program.outputs()) {
    specs.push_back({shape, program.dtype(output)});
  }
  if (program.reduction().op) {
    const auto& attributes = program.reduction().attributes.as<ReduceAttributes>();
    specs.push_back(
        {reduced_shape(shape, attributes.axes, attributes.keep_axes), program.reduction().dtype});
  }
  return specs;
}

/// The operations in the order in which each is met first, with their number: "multiply*2 add;
/// sum".
std::string parts_of(const Attributes& attributes) {
  const auto& program = attributes.as<FusedProgram>();
  std::vector<std::pair<const OpDef*, int>> counts;
  for (const FusedInstruction& instruction : program.instructions()) {
    const auto met = std::find_if(counts.begin(), counts.end(),
                                  [&](const auto& count) { return count.first == instruction.op; });
    if (met == counts.end()) {
      counts.emplace_back(instruction.op, 1);
    } else {
      ++met->second;
    }
  }
  std::string text;
  for (const auto& [op, count] : counts) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", op->name);
    if (count > 1) text += fmt::format("*{}", count);
  }
  if (program.reduction().op) text += fmt::format("; {}", program.reduction().op->name);
  return text;
}

/// The program as a graph of its operations.
struct Unrolled {
  Tensors values;
  Tensor reduced;
};

/// `apply_one(op, inputs, attributes)` gives the result of an instruction.
template <class F>
Unrolled unroll(const FusedProgram& program, std::span<const Tensor> inputs, const F& apply_one) {
  Unrolled result;
  result.values.assign(inputs.begin(), inputs.end());
  for (const FusedInstruction& instruction : program.instructions()) {
    Inputs operands;
    for (const FusedValue operand : instruction.operands)
      operands.push_back(result.values[operand]);
    result.values.push_back(apply_one(*instruction.op, operands, instruction.attributes));
  }
  if (const FusedReduction& reduction = program.reduction(); reduction.op) {
    const Tensor whole = broadcast_to(result.values[reduction.operand], broadcast_all(inputs));
    result.reduced = apply_one(*reduction.op, Inputs{whole}, reduction.attributes);
  }
  return result;
}

/// Adds a gradient to what is known of that of `value`.
void accumulate(Tensor& slot, const Tensor& gradient, const Tensor& value) {
  if (!gradient.defined()) return;
  const Tensor own = sum_to(gradient, value.shape());
  slot = slot.defined() ? slot + own : own;
}

/// What the operations say, from the last to the first: the program is unrolled, so that its
/// derivative is a graph like any other and may be fused again.
Inputs fused_vjp(const VjpContext& context) {
  const auto& program = context.attributes.as<FusedProgram>();
  const Unrolled graph =
      unroll(program, context.inputs, [](const OpDef& op, Inputs operands, Attributes attributes) {
        return apply(op, std::move(operands), std::move(attributes));
      });
  const Tensors& values = graph.values;
  const std::size_t inputs = context.inputs.size();
  Tensors gradients(values.size());
  for (std::size_t i = 0; i < program.outputs().size(); ++i) {
    const FusedValue value = program.outputs()[i];
    accumulate(gradients[value], context.gradients[i], values[value]);
  }
  const auto pull = [&](const OpDef& op, std::span<const Tensor> operands, const Tensor& output,
                        const Tensor& gradient, const Attributes& attributes) {
    const SmallVector<bool, 3> needed(operands.size(), true);
    return op.vjp(
        {operands, {&output, 1}, {&gradient, 1}, {needed.data(), needed.size()}, attributes});
  };
  const FusedReduction& reduction = program.reduction();
  if (reduction.op && context.gradients.back().defined()) {
    const Tensor whole = broadcast_to(values[reduction.operand], broadcast_all(context.inputs));
    const Inputs pulled = pull(*reduction.op, {&whole, 1}, graph.reduced, context.gradients.back(),
                               reduction.attributes);
    accumulate(gradients[reduction.operand], pulled[0], values[reduction.operand]);
  }
  for (std::size_t value = values.size(); value-- > inputs;) {
    const FusedInstruction& instruction = program.instructions()[value - inputs];
    if (!gradients[value].defined() || !instruction.op->vjp) continue;
    Inputs operands;
    for (const FusedValue operand : instruction.operands) operands.push_back(values[operand]);
    const Inputs pulled = pull(*instruction.op, {operands.data(), operands.size()}, values[value],
                               gradients[value], instruction.attributes);
    for (std::size_t k = 0; k < pulled.size(); ++k) {
      const FusedValue operand = instruction.operands[k];
      accumulate(gradients[operand], pulled[k], values[operand]);
    }
  }
  return Inputs(gradients.begin(), gradients.begin() + static_cast<std::ptrdiff_t>(inputs));
}

/// Every operation by its own reference.
void run_reference(const KernelContext& context) {
  const auto& program = context.attributes<FusedProgram>();
  Tensors inputs;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    inputs.push_back(Tensor::from_array(context.input(i)));
  }
  const Unrolled graph = unroll(
      program, inputs, [](const OpDef& op, const Inputs& operands, const Attributes& attributes) {
        auto results =
            run_kernel(op, op.reference(), {operands.data(), operands.size()}, attributes);
        return Tensor::from_array(std::move(results[0]));
      });
  const std::size_t outputs = program.outputs().size();
  for (std::size_t i = 0; i < outputs; ++i) {
    const Tensor& value = graph.values[program.outputs()[i]];
    context.output(i) = row_major_copy(broadcast_to(value, context.output(i).shape).array());
  }
  if (graph.reduced.defined()) context.output(outputs) = graph.reduced.array();
}

/// Builds programs of samples: the inputs are values 0, 1, ...
class ProgramWriter {
 public:
  explicit ProgramWriter(std::vector<DType> inputs) : inputs_(std::move(inputs)) {}

  FusedValue add(const OpDef& op, SmallVector<FusedValue, 3> operands, DType dtype,
                 Attributes attributes = {}) {
    instructions_.push_back({&op, std::move(attributes), std::move(operands), dtype});
    return static_cast<FusedValue>(inputs_.size() + instructions_.size() - 1);
  }
  FusedProgram finish(std::vector<FusedValue> outputs, FusedReduction reduction = {}) const {
    return FusedProgram(inputs_, instructions_, std::move(outputs), std::move(reduction));
  }

 private:
  std::vector<DType> inputs_;
  std::vector<FusedInstruction> instructions_;
};

/// tanh(a * b + a), and with two outputs a * b as well.
FusedProgram chain_program(DType dtype, bool two_outputs) {
  ProgramWriter writer({dtype, dtype});
  const FusedValue product = writer.add(kMultiply, {0, 1}, dtype);
  const FusedValue sum = writer.add(kAdd, {product, 0}, dtype);
  const FusedValue result = writer.add(kTanh, {sum}, dtype);
  return two_outputs ? writer.finish({product, result}) : writer.finish({result});
}

/// a where a < b, else b * b, of which each operation has another type or arity.
FusedProgram selection_program(DType dtype) {
  ProgramWriter writer({dtype, dtype});
  const FusedValue less = writer.add(kLess, {0, 1}, DType::boolean);
  const FusedValue square = writer.add(kSquare, {1}, dtype);
  return writer.finish({writer.add(kWhere, {less, 0, square}, dtype)});
}

/// A reduction of sigmoid(a - b) over the last axes, beside the values themselves or not.
FusedProgram reduction_program(DType dtype, const OpDef& op, Dims axes, bool with_values) {
  ProgramWriter writer({dtype, dtype});
  const FusedValue difference = writer.add(kSubtract, {0, 1}, dtype);
  const FusedValue value = writer.add(kSigmoid, {difference}, dtype);
  const FusedReduction reduction{&op, ReduceAttributes{std::move(axes), false}, value, dtype};
  return with_values ? writer.finish({value}, reduction) : writer.finish({}, reduction);
}

std::vector<Sample> fused_samples() {
  std::vector<Sample> samples;
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto of_type = [&](const Tensor& x) { return cast(x, dtype).eval(); };
    const Tensor a = of_type({{1, -2, 3}, {0.5f, 4, -1}});
    const Tensor b = of_type({{0.25f, 1.5f, -0.5f}, {2, -3, 0.75f}});
    const Tensor row = of_type({0.5f, -1, 2});
    const Tensor column = of_type(Tensor::from(std::vector<float>{0.5f, -2}, Shape{2, 1}));
    const Tensor one = Tensor::scalar(0.5, dtype);
    const Tensor nothing = of_type(Tensor::from(std::vector<float>{}, Shape{0, 3}));
    const auto add = [&](const std::string& name, Tensors inputs, FusedProgram program) {
      samples.push_back({.name = name + ", " + std::string(name_of(dtype)),
                         .inputs = std::move(inputs),
                         .attributes = std::move(program),
                         // A program is of one type; derivatives are taken in f64.
                         .differentiable = dtype == DType::f64});
    };
    add("a chain", {a, b}, chain_program(dtype, false));
    add("a row", {a, row}, chain_program(dtype, false));
    add("a column and a row", {column, row}, chain_program(dtype, false));
    add("a single value", {a, one}, chain_program(dtype, false));
    add("0-d", {one, one}, chain_program(dtype, true));
    add("nothing", {nothing, row}, chain_program(dtype, true));
    add("two outputs", {a, b}, chain_program(dtype, true));
    add("a selection", {a, b}, selection_program(dtype));
    add("sum of rows", {a, b}, reduction_program(dtype, kSum, {1}, false));
    add("mean of all", {a, row}, reduction_program(dtype, kMean, {0, 1}, true));
    add("max of rows", {a, column}, reduction_program(dtype, kMax, {1}, false));
    add("log_sum_exp of columns", {a, b}, reduction_program(dtype, kLogSumExp, {0}, true));
  }
  return samples;
}

}  // namespace

const OpDef kFused{
    .name = "fused",
    .doc =
        "Elementwise operations and a reduction as one pass over memory. "
        "(...), (...), ... -> (broadcast ...), ..., (kept axes)",
    .minimum_inputs = 1,
    .maximum_inputs = static_cast<int>(FusedProgram::kMaxInputs),
    .infer = infer_fused,
    .vjp = fused_vjp,
    .kernels = {{"tiles", nullptr, run_fused}, {"reference", nullptr, run_reference}},
    .samples = fused_samples,
    .parts = parts_of,
};

}  // namespace gradus
