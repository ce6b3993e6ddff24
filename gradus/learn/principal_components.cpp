#include "gradus/learn/principal_components.h"

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr const char* kSolverNames[] = {"automatic", "covariance", "svd", "randomized"};

}  // namespace

void PrincipalComponentsOptions::fields(OptionVisitor& v) {
  v("components", components);
  v("solver", solver, kSolverNames);
  v("whiten", whiten);
  v("seed", seed);
}

void PrincipalComponents::fitted(FittedVisitor& v) {
  v("mean", mean, Content::f64, {feature_count()});
  v("components", components, Content::f64, {kAnyExtent, feature_count()});
  const std::int64_t count = components.defined() ? components.dim(0) : 0;
  v("explained_variance", explained_variance, Content::f64, {count});
  v("explained_variance_ratio", explained_variance_ratio, Content::f64, {count});
  v("singular_values", singular_values, Content::f64, {count});
}

void PrincipalComponents::learn(const Tensor& x, const Tensor& /*y*/, const Tensor& /*weights*/) {
  const linalg::Pca found = linalg::pca(x, {.components = options.components,
                                            .solver = options.solver,
                                            .whiten = options.whiten,
                                            .key = Key(static_cast<std::uint64_t>(options.seed))});
  const auto wide = [](const Tensor& tensor) { return cast(tensor, DType::f64); };
  const Tensor kept[] = {wide(found.mean), wide(found.components), wide(found.explained_variance),
                         wide(found.explained_variance_ratio), wide(found.singular_values)};
  eval(kept);
  mean = kept[0];
  components = kept[1];
  explained_variance = kept[2];
  explained_variance_ratio = kept[3];
  singular_values = kept[4];
}

linalg::Pca PrincipalComponents::analysis() const {
  return {mean,          components, explained_variance, explained_variance_ratio, singular_values,
          options.whiten};
}

Tensor PrincipalComponents::do_transform(const Tensor& x) const {
  return cast(analysis().transform(cast(x, DType::f64)), x.dtype()).eval();
}

Tensor PrincipalComponents::do_inverse_transform(const Tensor& x) const {
  if (x.dim(1) != components.dim(0)) {
    throw Error(ErrorCode::shape, kKind,
                fmt::format("it has {} components, and the scores {}", components.dim(0), x.dim(1)),
                {x.shape()});
  }
  return cast(analysis().inverse_transform(cast(x, DType::f64)), x.dtype()).eval();
}

}  // namespace gradus::learn
