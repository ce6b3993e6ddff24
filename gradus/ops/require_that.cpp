#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

struct RequireThatAttributes {
  std::string operation;
  std::string rule;
  void fields(FieldVisitor& v) const {
    v("operation", std::string_view(operation));
    v("rule", std::string_view(rule));
  }
};

Specs infer_require_that(const InferContext& context) {
  if (context.dtype(1) != DType::boolean || !(context.shape(0) == context.shape(1))) {
    throw Error(ErrorCode::shape, "require_that",
                fmt::format("conditions {} do not stand beside the elements of {}",
                            context.inputs[1].signature(), context.inputs[0].signature()),
                {context.shape(0), context.shape(1)});
  }
  return {{context.shape(0), context.dtype(0)}};
}

/// Copies, as require_finite does.
void run_require_that(const KernelContext& context) {
  const Array values = row_major_copy(context.input(0));
  const Array conditions = row_major_copy(context.input(1));
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      const T value = values.data<T>()[i];
      if (!conditions.data<bool>()[i]) {
        const auto& attributes = context.attributes<RequireThatAttributes>();
        throw Error(
            ErrorCode::invalid_argument, attributes.operation,
            fmt::format("{}; element {} is {}", attributes.rule, i, convert_element<double>(value)),
            {output.shape});
      }
      output.mutable_data<T>()[i] = value;
    }
  });
}

}  // namespace

const OpDef kRequireThat{
    .name = "require_that",
    .doc = "The same values, or an error if a condition is false. (...), bool (...) -> (...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_require_that,
    .vjp = [](const VjpContext& context) -> Inputs {
      return {context.gradient(), Tensor()};
    },
    .kernels = {{"copy", nullptr, run_require_that}},
    .samples =
        [] {
          return std::vector<Sample>{
              {.name = "vector",
               .inputs =
                   {Tensor{2.5f, 3},
                    cast(Tensor::from(std::vector<std::uint8_t>{1, 1}), DType::boolean).eval()},
               .attributes = RequireThatAttributes{"a test", "what holds"}}};
        },
};

Tensor require_that(const Tensor& x, const Tensor& condition, const std::string& operation,
                    const std::string& rule) {
  return apply(kRequireThat, {x, condition}, RequireThatAttributes{operation, rule});
}

}  // namespace gradus
