#include "gradus/ops/random.h"

#include <string>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "casters.h"
#include "examples.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {

using namespace nb::literals;

void bind_random(nb::module_& module) {
  nb::class_<Key>(module, "Key",
                  "The seed of a random stream, a value: the same key gives the same numbers.")
      .def(nb::init<std::uint64_t>(), "seed"_a = 0)
      .def("fold_in", nb::overload_cast<const Tensor&>(&Key::fold_in, nb::const_), "number"_a)
      .def("fold_in", [](const Key& key, std::uint64_t number) { return key.fold_in(number); },
           "number"_a, "An independent stream for a number or a name.")
      .def("fold_in", [](const Key& key, const std::string& name) { return key.fold_in(name); },
           "name"_a)
      .def("split", &Key::split, "count"_a = 2, "So many independent streams.")
      .def_prop_ro("data", &Key::data, "i64 (2): seed and path.")
      .def("__repr__", [](const Key& key) { return "Key(" + key.data().to_string() + ")"; });
  module.def("key_of",
             [](const Tensor& data) {
               if (data.dtype() != DType::i64 || data.shape() != Shape{2}) {
                 throw nb::type_error("the data of a key are i64[2]: seed and path");
               }
               return Key(data);
             },
             "data"_a, "The key with these data.");

  module.def(
      "random_uniform",
      [](const Key& key, const Dims& shape, double low, double high, DType dtype) {
        return random_uniform(key, Shape(shape), low, high, dtype);
      },
      "key"_a, "shape"_a, "low"_a = 0.0, "high"_a = 1.0, "dtype"_a = DType::f32,
      documented(kRandomUniform).c_str());
  module.def(
      "random_normal",
      [](const Key& key, const Dims& shape, double mean, double deviation, DType dtype) {
        return random_normal(key, Shape(shape), mean, deviation, dtype);
      },
      "key"_a, "shape"_a, "mean"_a = 0.0, "deviation"_a = 1.0, "dtype"_a = DType::f32,
      documented(kRandomNormal).c_str());
  module.def(
      "random_bernoulli",
      [](const Key& key, const Dims& shape, double probability) {
        return random_bernoulli(key, Shape(shape), probability);
      },
      "key"_a, "shape"_a, "probability"_a, documented(kRandomBernoulli).c_str());
  module.def(
      "random_integer",
      [](const Key& key, const Dims& shape, std::int64_t low, std::int64_t high) {
        return random_integer(key, Shape(shape), low, high);
      },
      "key"_a, "shape"_a, "low"_a, "high"_a, documented(kRandomInteger).c_str());
  module.def("random_permutation", &random_permutation, "key"_a, "n"_a,
             documented(kRandomPermutation).c_str());
  module.def(
      "random_categorical",
      [](const Key& key, const TensorLike& logits) { return random_categorical(key, logits); },
      "key"_a, "logits"_a, documented(kRandomCategorical).c_str());
  module.def(
      "random_log_gamma",
      [](const Key& key, const TensorLike& shape) { return random_log_gamma(key, shape); }, "key"_a,
      "shape"_a, documented(kRandomLogGamma).c_str());
  module.def(
      "random_poisson",
      [](const Key& key, const TensorLike& rate) { return random_poisson(key, rate); }, "key"_a,
      "rate"_a, documented(kRandomPoisson).c_str());
  module.def(
      "random_binomial",
      [](const Key& key, const TensorLike& trials, const TensorLike& probability) {
        return random_binomial(key, trials, probability);
      },
      "key"_a, "trials"_a, "probability"_a, documented(kRandomBinomial).c_str());
}

}  // namespace gradus::python
