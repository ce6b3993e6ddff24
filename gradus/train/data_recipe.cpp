#include "gradus/train/data_recipe.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/data/catalog.h"

namespace gradus::train {
namespace {

constexpr const char* kNormalizations[] = {"none", "unit", "standard"};

std::vector<std::string> data_set_names() {
  std::vector<std::string> names;
  for (const data::DataSetInfo& info : data::data_sets()) names.push_back(info.name);
  return names;
}

/// What is wrong with the shares; empty if nothing is.
std::string fault_of_split(const std::vector<double>& split, const data::DataSetInfo& info) {
  const std::size_t parts = info.test_count > 0 ? 2 : 3;
  if (split.size() != parts) {
    return fmt::format("has {} shares; {} {}", split.size(), info.name,
                       parts == 2 ? "has a test set of its own: give the shares of training and "
                                    "validation, as [0.9, 0.1]"
                                  : "has no test set of its own: give the shares of training, "
                                    "validation and test, as [0.7, 0.15, 0.15]");
  }
  const double sum = std::accumulate(split.begin(), split.end(), 0.0);
  if (std::abs(sum - 1) > 1e-6) return fmt::format("adds up to {:g}; shares add up to 1", sum);
  if (!(split[0] > 0)) return "leaves no examples for training; its share is above 0";
  return "";
}

/// Notes changes that the images of a data set do not allow, or that give them another shape.
void check_augmentation(RecipeVisitor& v, const std::vector<AugmentationRecipe>& changes,
                        const data::DataSetInfo& info) {
  if (changes.empty()) return;
  if (info.pixel_maximum == 0) {
    v.fault("augmentation",
            fmt::format("changes images; the examples of {} are numbers of shape {}", info.name,
                        info.input_shape.to_string()));
    return;
  }
  Shape shape = info.input_shape;
  bool sound = true;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!changes[i].kind) {  // a fault already noted
      sound = false;
      continue;
    }
    try {
      shape = changes[i].kind.maker().make().infer(shape, DType::u8);  // images of the catalog are
    } catch (const Error& error) {
      v.fault(fmt::format("augmentation.{}", i), error.what());
      sound = false;
    }
  }
  if (!sound || shape == info.input_shape) return;
  v.fault("augmentation",
          fmt::format("gives images of shape {}; validation and test keep the {} of {}",
                      shape.to_string(), info.input_shape.to_string(), info.name));
}

}  // namespace

data::Augmentation DataRecipe::make_augmentation() const {
  std::vector<data::Augmentation> changes;
  for (const AugmentationRecipe& change : augmentation) {
    changes.push_back(change.kind.maker().make());
  }
  return data::in_order(changes);
}

void DataRecipe::fields(RecipeVisitor& v) {
  const bool known = v.text("name", name, {.names = data_set_names(), .required = name.empty()});
  v.numbers("split", split, {.low = 0, .high = 1});
  v("normalize", normalize, kNormalizations);
  v.tables("augmentation", augmentation);
  if (!known) return;
  const data::DataSetInfo& info = data::find_data_set(name);
  if (split.empty()) {
    split =
        info.test_count > 0 ? std::vector<double>{0.9, 0.1} : std::vector<double>{0.7, 0.15, 0.15};
  }
  const std::string fault = fault_of_split(split, info);
  if (!fault.empty()) v.fault("split", fault);
  check_augmentation(v, augmentation, info);
}

}  // namespace gradus::train
