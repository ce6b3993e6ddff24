#include "gradus/learn/estimator_kinds.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/learn/decision_tree.h"
#include "gradus/learn/elastic_net.h"
#include "gradus/learn/encoder.h"
#include "gradus/learn/gaussian_mixture.h"
#include "gradus/learn/hierarchical.h"
#include "gradus/learn/imputer.h"
#include "gradus/learn/k_means.h"
#include "gradus/learn/k_neighbors.h"
#include "gradus/learn/linear_regression.h"
#include "gradus/learn/logistic_regression.h"
#include "gradus/learn/naive_bayes.h"
#include "gradus/learn/polynomial_features.h"
#include "gradus/learn/principal_components.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/support_vector_machine.h"

namespace gradus::learn {
namespace {

template <class E>
EstimatorKind kind(const char* doc) {
  return {E::kKind, doc, [] { return Owned<Estimator>(new E()); }};
}

}  // namespace

std::span<const EstimatorKind> estimator_kinds() {
  static const EstimatorKind kKinds[] = {
      kind<BernoulliNaiveBayes>("classes by features that are there or not"),
      kind<DecisionTreeClassifier>("classes by questions about one feature at a time"),
      kind<DecisionTreeRegressor>("numbers by questions about one feature at a time"),
      kind<ElasticNet>("least squares with few coefficients: lasso and elastic net"),
      kind<GaussianMixture>("a density of several normal distributions"),
      kind<GaussianNaiveBayes>("classes by independent normal features"),
      kind<Hierarchical>("clusters of clusters: Ward, complete, average or single linkage"),
      kind<Imputer>("puts values where there is NaN"),
      kind<KMeans>("clusters around means"),
      kind<KNeighborsClassifier>("the class of most of the nearest examples"),
      kind<KNeighborsRegressor>("the mean target of the nearest examples"),
      kind<LinearRegression>("least squares"),
      kind<LogisticRegression>("classes whose log-odds are linear in the features"),
      kind<MinMaxScaler>("moves the range of each feature to [low, high]"),
      kind<MiniBatchKMeans>("clusters around means, by steps on batches"),
      kind<MultinomialNaiveBayes>("classes by counts, of words for instance"),
      kind<OneHotEncoder>("a column for each value of each feature"),
      kind<PolynomialFeatures>("products of features"),
      kind<PrincipalComponents>("the directions in which examples spread most"),
      kind<Ridge>("least squares with small coefficients"),
      kind<StandardScaler>("mean 0 and deviation 1 of each feature"),
      kind<SupportVectorClassifier>("classes with the widest margin between them"),
      kind<SupportVectorRegressor>("numbers within a tube around a flat function"),
  };
  return kKinds;
}

Owned<Estimator> make_estimator(std::string_view name) {
  std::vector<std::string> names;
  for (const EstimatorKind& kind : estimator_kinds()) {
    if (name == kind.name) return kind.make();
    names.emplace_back(kind.name);
  }
  throw Error(ErrorCode::not_found, "make_estimator",
              fmt::format("there is no estimator '{}'{}", name, suggestion(name, names)));
}

}  // namespace gradus::learn
