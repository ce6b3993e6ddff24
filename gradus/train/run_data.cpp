#include "gradus/train/run_data.h"

#include <algorithm>
#include <numeric>

#include "gradus/data/split.h"
#include "gradus/data/subset.h"
#include "gradus/ops/select.h"

namespace gradus::train {
namespace {

// Below this, fetching a batch costs less than handing it from one thread to another.
constexpr std::int64_t kWorthAThread = 4096;

Shared<const data::Dataset> part_of(const Shared<const data::Dataset>& whole,
                                    std::vector<std::int64_t> indices) {
  return share<data::Subset>(whole, std::move(indices));
}

}  // namespace

RunData load_run_data(const DataRecipe& recipe, const Key& key) {
  data::LoadedDataSet loaded = data::load(recipe.name);
  const data::SplitOptions shares{.train = recipe.split[0],
                                  .validation = recipe.split[1],
                                  .test = recipe.split.size() > 2 ? recipe.split[2] : 0,
                                  .key = key};
  const data::Split split = loaded.info.task == data::Task::classification
                                ? data::split_by_class(loaded.train.targets(), shares)
                                : data::split_at_random(loaded.train.size(), shares);
  const auto all = share<const data::TensorDataset>(std::move(loaded.train));
  RunData data{.info = std::move(loaded.info),
               .training = part_of(all, split.train),
               .validation = part_of(all, split.validation),
               .test = part_of(all, split.test)};
  if (loaded.test) {
    data.test = share<const data::TensorDataset>(std::move(*loaded.test));
  }
  data.scale = data::fit_scale(*data.training, recipe.normalize, data.info.pixel_maximum);
  return data;
}

RunData first_of_each(const RunData& data, std::int64_t count) {
  const auto first_of = [count](const Shared<const data::Dataset>& examples) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(count, examples->size())));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
    return part_of(examples, std::move(indices));
  };
  RunData few = data;
  few.training = first_of(data.training);
  few.validation = first_of(data.validation);
  few.test = first_of(data.test);
  return few;
}

data::DataLoader loader_of(Shared<const data::Dataset> examples, const data::InputScale& scale,
                           DType dtype, const LoaderPurpose& purpose) {
  const int threads = examples->size() < kWorthAThread ? 0 : 1;
  const auto prepare = [scale, dtype, augmentation = purpose.augmentation](
                           const data::Batch& batch, const data::TransformContext& context) {
    data::Batch prepared{scale(augmentation(batch.inputs, context), dtype), batch.targets};
    if (batch.targets.defined() && is_floating(batch.targets.dtype())) {
      prepared.targets = cast(batch.targets, dtype).eval();
    }
    return prepared;
  };
  return data::DataLoader(std::move(examples), {.batch_size = purpose.batch_size,
                                                .shuffle = purpose.shuffle,
                                                .key = purpose.key,
                                                .threads = threads,
                                                .transform = prepare});
}

}  // namespace gradus::train
