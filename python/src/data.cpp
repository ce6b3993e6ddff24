#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.h"
#include "callback.h"
#include "casters.h"
#include "datasets.h"
#include "gradus/data/augmentation_kinds.h"
#include "gradus/data/catalog.h"
#include "gradus/data/input_scale.h"
#include "gradus/data/split.h"
#include "gradus/data/subset.h"
#include "gradus/data/tensor_dataset.h"
#include "gradus/ops/rearrange.h"
#include "module.h"
#include "options.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// The examples of a Python sequence.
class SequenceDataset final : public data::Dataset {
 public:
  explicit SequenceDataset(const nb::object& examples) : examples_(examples) {}

  std::int64_t size() const override {
    const nb::gil_scoped_acquire locked;
    return static_cast<std::int64_t>(nb::len(*examples_));
  }
  data::Batch get(std::span<const std::int64_t> indices) const override {
    const nb::gil_scoped_acquire locked;
    Tensors inputs, targets;
    for (const std::int64_t index : indices) {
      const nb::object example = (*examples_)[nb::int_(index)];
      if (!nb::isinstance<nb::tuple>(example) || nb::len(example) != 2) {
        inputs.push_back(tensor_from(example));
        continue;
      }
      inputs.push_back(tensor_from(example[0]));
      targets.push_back(tensor_from(example[1]));
    }
    if (!targets.empty() && targets.size() != inputs.size()) {
      throw nb::value_error("some examples are pairs of input and target, others are not");
    }
    data::Batch batch{stack(inputs), targets.empty() ? Tensor() : stack(targets)};
    batch.inputs.eval();
    if (batch.targets.defined()) batch.targets.eval();
    return batch;
  }

 private:
  HeldObject examples_;
};

/// A walk over one epoch. Threads that make batches may want the interpreter, so waiting for them
/// is done without its lock.
class BatchWalk {
 public:
  explicit BatchWalk(const data::Epoch& epoch) : epoch_(epoch) {}
  BatchWalk(const BatchWalk&) = delete;
  BatchWalk(BatchWalk&&) = default;
  ~BatchWalk() {
    const nb::gil_scoped_release released;
    place_ = {};
    epoch_.reset();
  }

  nb::tuple next() {
    {
      const nb::gil_scoped_release released;
      if (!epoch_) throw nb::stop_iteration();
      if (!has_begun_) {
        place_ = epoch_->begin();
      } else if (!(place_ == data::EndOfEpoch{})) {
        ++place_;
      }
      has_begun_ = true;
    }
    if (place_ == data::EndOfEpoch{}) throw nb::stop_iteration();
    return pair_of(*place_);
  }

 private:
  std::optional<data::Epoch> epoch_;
  data::BatchIterator place_;
  bool has_begun_ = false;
};

/// A Python function (inputs, targets, indices) -> (inputs, targets) as a transform.
data::Transform python_transform(const nb::object& function) {
  return [function = HeldObject(function)](const data::Batch& batch,
                                           const data::TransformContext& context) {
    const nb::gil_scoped_acquire locked;
    const std::vector<std::int64_t> indices(context.indices.begin(), context.indices.end());
    const nb::tuple given = pair_of(batch);
    const nb::object changed = (*function)(given[0], given[1], Tensor::from(indices));
    data::Batch result{tensor_from(changed[0]),
                       changed[1].is_none() ? Tensor() : tensor_from(changed[1])};
    result.inputs.eval();
    if (result.targets.defined()) result.targets.eval();
    return result;
  };
}

data::DataLoader make_loader(nb::handle dataset, std::int64_t batch_size, bool shuffle,
                             const std::optional<Key>& key, bool drop_last, int threads,
                             int prefetch, const nb::object& transform) {
  const Shared<const data::Dataset> examples = dataset_of(dataset);
  data::LoaderOptions options{.batch_size = batch_size,
                              .shuffle = shuffle,
                              .key = key.value_or(Key(0)),
                              .drop_last = drop_last,
                              .threads = threads,
                              .prefetch = prefetch};
  // What is written in Python runs one at a time anyway, and in the thread that asks for it.
  bool is_python = dynamic_cast<const SequenceDataset*>(examples.get()) != nullptr;
  if (nb::isinstance<data::Augmentation>(transform)) {
    options.transform = *nb::inst_ptr<data::Augmentation>(transform);
  } else if (!transform.is_none()) {
    options.transform = python_transform(transform);
    is_python = true;
  }
  if (is_python) options.threads = 0;
  return data::DataLoader(examples, std::move(options));
}

void bind_datasets(nb::module_& module) {
  nb::class_<DatasetHolder>(module, "Dataset", "Examples that can be fetched by number.")
      .def("__init__",
           [](DatasetHolder* self, nb::handle examples) {
             new (self) DatasetHolder{dataset_of(examples)};
           },
           "examples"_a)
      .def("__len__", [](const DatasetHolder& holder) { return holder.dataset->size(); })
      .def("get",
           [](const DatasetHolder& holder, const std::vector<std::int64_t>& indices) {
             return pair_of(holder.dataset->get(indices));
           },
           "indices"_a, "The examples with these numbers, stacked: (inputs, targets).")
      .def("__getitem__",
           [](const DatasetHolder& holder, std::int64_t index) {
             if (index >= holder.dataset->size()) throw nb::index_error("no such example");
             const data::Batch batch = holder.dataset->get(std::span(&index, 1));
             return pair_of({select(batch.inputs, 0, 0),
                             batch.targets.defined() ? select(batch.targets, 0, 0) : Tensor()});
           },
           "index"_a);
  module.def("TensorDataset",
             [](const TensorLike& inputs, const std::optional<TensorLike>& targets) {
               return DatasetHolder{share<const data::TensorDataset>(
                   inputs.tensor(), targets ? targets->tensor() : Tensor())};
             },
             "inputs"_a, "targets"_a = nb::none(), "Examples held in memory.");
  module.def("Subset",
             [](nb::handle dataset, std::vector<std::int64_t> indices) {
               return DatasetHolder{
                   share<const data::Subset>(dataset_of(dataset), std::move(indices))};
             },
             "dataset"_a, "indices"_a, "Some of another data set's examples, under new numbers.");
}

void bind_loader(nb::module_& module) {
  nb::class_<BatchWalk>(module, "BatchIterator")
      .def("__iter__", [](nb::handle self) { return nb::borrow(self); })
      .def("__next__", &BatchWalk::next);
  nb::class_<LoaderHolder>(module, "DataLoader",
                               "Hands out a data set in batches (inputs, targets), epoch after "
                               "epoch. A Python transform takes inputs, targets and the examples' "
                               "numbers, and returns inputs and targets.")
      .def("__init__",
           [](LoaderHolder* self, nb::handle dataset, std::int64_t batch_size, bool shuffle,
              const std::optional<Key>& key, bool drop_last, int threads, int prefetch,
              const nb::object& transform) {
             new (self) LoaderHolder{make_loader(dataset, batch_size, shuffle, key, drop_last,
                                                 threads, prefetch, transform)};
           },
           "dataset"_a, "batch_size"_a = 32, nb::kw_only(), "shuffle"_a = false,
           "key"_a = nb::none(), "drop_last"_a = false, "threads"_a = 1, "prefetch"_a = 2,
           "transform"_a = nb::none())
      .def("__len__", [](const LoaderHolder& holder) { return holder.loader.size(); })
      .def("__iter__", [](LoaderHolder& holder) { return BatchWalk(holder.loader.epoch(holder.next_epoch++)); })
      .def("epoch",
           [](const LoaderHolder& holder, std::int64_t number, std::int64_t first_batch) {
             return BatchWalk(holder.loader.epoch(number, first_batch));
           },
           "number"_a, "first_batch"_a = 0, "Epoch `number`, from batch `first_batch` on.");
}

void bind_augmentations(nb::module_& module) {
  nb::class_<data::Augmentation>(module, "Augmentation",
                                 "Random changes of images, as a transform of DataLoader.")
      .def("__init__", [](data::Augmentation* self, const std::string& kind,
                          const nb::dict& options) {
        new (self) data::Augmentation(make_maker(data::augmentation_kinds(), kind, options)->make());
      });
  module.def("augmentation_kinds", [] { return describe_kinds(data::augmentation_kinds()); });
  module.def("in_order", &data::in_order, "parts"_a, "One after the other, in this order.");
}

DatasetHolder held(const data::TensorDataset& dataset) {
  return {share<const data::TensorDataset>(dataset)};
}

void bind_catalog(nb::module_& module) {
  nb::class_<data::DataSetInfo>(module, "DataSetInfo")
      .def_ro("name", &data::DataSetInfo::name)
      .def_ro("description", &data::DataSetInfo::description)
      .def_ro("package", &data::DataSetInfo::package)
      .def_prop_ro("task",
                   [](const data::DataSetInfo& info) { return std::string(name_of(info.task)); })
      .def_prop_ro("input_shape", [](const data::DataSetInfo& info) { return info.input_shape; })
      .def_ro("pixel_maximum", &data::DataSetInfo::pixel_maximum)
      .def_ro("train_count", &data::DataSetInfo::train_count)
      .def_ro("test_count", &data::DataSetInfo::test_count)
      .def_ro("class_names", &data::DataSetInfo::class_names)
      .def_ro("feature_names", &data::DataSetInfo::feature_names)
      .def_prop_ro("is_installed",
                   [](const data::DataSetInfo& info) { return data::is_installed(info); });
  nb::class_<data::LoadedDataSet>(module, "LoadedDataSet")
      .def_ro("info", &data::LoadedDataSet::info)
      .def_prop_ro("train", [](const data::LoadedDataSet& loaded) { return held(loaded.train); })
      .def_prop_ro("test", [](const data::LoadedDataSet& loaded) {
        return loaded.test ? nb::cast(held(*loaded.test)) : nb::object(nb::none());
      });
  module.def("data_sets",
             [] {
               return std::vector<data::DataSetInfo>(data::data_sets().begin(),
                                                     data::data_sets().end());
             },
             "Every data set that Gradus knows, in alphabetical order.");
  module.def("find_data_set",
             [](const std::string& name) { return data::DataSetInfo(data::find_data_set(name)); },
             "name"_a);
  module.def("load",
             [](const std::string& name) {
               const nb::gil_scoped_release released;
               return data::load(name);
             },
             "name"_a, "Reads a data set that is on this machine.");
}

nb::tuple parts_of(const data::Split& split) {
  return nb::make_tuple(split.train, split.validation, split.test);
}

void bind_preparation(nb::module_& module) {
  const auto options = [](double train, double validation, double test, std::optional<Key> key) {
    return data::SplitOptions{train, validation, test, key.value_or(Key(0))};
  };
  module.def("split_at_random",
             [options](std::int64_t count, double train, double validation, double test,
                       std::optional<Key> key) {
               return parts_of(data::split_at_random(count, options(train, validation, test, key)));
             },
             "count"_a, "train"_a = 0.70, "validation"_a = 0.15, "test"_a = 0.15,
             "key"_a = nb::none(), "Numbers of examples: (train, validation, test).");
  module.def("split_by_class",
             [options](const TensorLike& labels, double train, double validation, double test,
                       std::optional<Key> key) {
               return parts_of(data::split_by_class(labels, options(train, validation, test, key)));
             },
             "labels"_a, "train"_a = 0.70, "validation"_a = 0.15, "test"_a = 0.15,
             "key"_a = nb::none(), "As split_at_random, with each class's share in every part.");
  nb::enum_<data::Normalization>(module, "Normalization")
      .value("none", data::Normalization::none)
      .value("unit", data::Normalization::unit)
      .value("standard", data::Normalization::standard);
  nb::class_<data::InputScale>(module, "InputScale",
                               "(x - offset) / divisor for each channel or feature.")
      .def("__init__",
           [](data::InputScale* self, std::vector<double> offset, std::vector<double> divisor) {
             new (self) data::InputScale{std::move(offset), std::move(divisor)};
           },
           "offset"_a = std::vector<double>(), "divisor"_a = std::vector<double>())
      .def_ro("offset", &data::InputScale::offset)
      .def_ro("divisor", &data::InputScale::divisor)
      .def("__call__",
           [](const data::InputScale& scale, const TensorLike& inputs, DType dtype) {
             return scale(inputs, dtype);
           },
           "inputs"_a, "dtype"_a = DType::f32);
  module.def("fit_scale",
             [](nb::handle examples, data::Normalization normalization, double pixel_maximum) {
               return data::fit_scale(*dataset_of(examples), normalization, pixel_maximum);
             },
             "examples"_a, "normalization"_a = data::Normalization::standard,
             "pixel_maximum"_a = 0.0, "The scale for some training examples.");
}

}  // namespace

Shared<const data::Dataset> dataset_of(nb::handle object) {
  if (nb::isinstance<DatasetHolder>(object)) return nb::inst_ptr<DatasetHolder>(object)->dataset;
  if (nb::isinstance<nb::tuple>(object) && nb::len(object) == 2) {
    return share<const data::TensorDataset>(tensor_from(object[0]), tensor_from(object[1]));
  }
  if (nb::isinstance<Tensor>(object)) {
    return share<const data::TensorDataset>(*nb::inst_ptr<Tensor>(object));
  }
  if (PySequence_Check(object.ptr()) && !nb::isinstance<nb::str>(object)) {
    return share<const SequenceDataset>(nb::borrow(object));
  }
  if (nb::isinstance<nb::iterable>(object)) {  // a generator: its examples are kept
    return share<const SequenceDataset>(nb::list(nb::borrow(object)));
  }
  throw nb::type_error("a data set is a Dataset, a pair of tensors, or a sequence of examples");
}

nb::tuple pair_of(const data::Batch& batch) {
  return nb::make_tuple(batch.inputs, batch.targets.defined() ? nb::cast(batch.targets)
                                                              : nb::object(nb::none()));
}

void bind_data(nb::module_& module) {
  bind_datasets(module);
  bind_loader(module);
  bind_augmentations(module);
  bind_catalog(module);
  bind_preparation(module);
}

}  // namespace gradus::python
