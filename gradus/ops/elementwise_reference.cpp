#include "gradus/ops/cast.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

/// Strides of every input broadcast to the output.
SmallVector<Strides, 3> broadcast_inputs(const KernelContext& context) {
  SmallVector<Strides, 3> strides;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const Array& input = context.input(i);
    strides.push_back(broadcast_strides(input.shape, input.strides, context.output().shape));
  }
  return strides;
}

/// The element of `array` at `offset` as a C.
template <class C>
C load(const Array& array, std::int64_t offset) {
  return with_dtype(array.dtype,
                    [&]<class T>() { return convert_element<C>(array.data<T>()[offset]); });
}

/// Every element of the row-major output by `f`, from inputs converted to C.
template <class C>
void run_reference(const KernelContext& context, C (*f)(const C*, const Attributes&)) {
  Array& output = context.allocate();
  const auto strides = broadcast_inputs(context);
  for (std::int64_t i = 0; i < output.shape.size(); ++i) {
    C values[kMaxElementwiseInputs];
    for (std::size_t k = 0; k < context.input_count(); ++k) {
      std::int64_t place = i;
      std::int64_t offset = 0;
      for (int axis = output.shape.rank() - 1; axis >= 0; --axis) {
        offset += place % output.shape[axis] * strides[k][static_cast<std::size_t>(axis)];
        place /= output.shape[axis];
      }
      values[k] = load<C>(context.input(k), offset);
    }
    const C result = f(values, context.attributes());
    with_dtype(output.dtype,
               [&]<class T>() { output.mutable_data<T>()[i] = convert_element<T>(result); });
  }
}

}  // namespace

void run_elementwise_reference(const KernelContext& context) {
  const ElementwiseDef& row = *context.op().elementwise;
  const Array& last = context.input(context.input_count() - 1);
  if (is_floating(last.dtype)) {
    run_reference(context, row.real);
  } else {
    run_reference(context, row.integer);
  }
}

}  // namespace gradus
