#include "gradus/data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/data/prefetcher.h"

namespace gradus::data {
namespace {

constexpr const char* kOperation = "data_loader";

/// What the batches of one epoch are made from.
class EpochPlan {
 public:
  EpochPlan(Shared<const Dataset> dataset, const LoaderOptions& options, std::int64_t epoch)
      : dataset_(std::move(dataset)),
        batch_size_(options.batch_size),
        transform_(options.transform),
        order_(static_cast<std::size_t>(dataset_->size())) {
    const Key key = options.key.fold_in(static_cast<std::uint64_t>(epoch));
    const auto words = key.data().data<std::int64_t>();
    key_ = {static_cast<std::uint64_t>(words[0]), static_cast<std::uint64_t>(words[1])};
    if (options.shuffle) {
      const auto permutation = random_permutation(key, dataset_->size());
      std::copy_n(permutation.data<std::int64_t>().data(), order_.size(), order_.data());
    } else {
      std::iota(order_.begin(), order_.end(), std::int64_t{0});
    }
  }

  Batch make(std::int64_t number) const {
    const auto begin = static_cast<std::size_t>(number * batch_size_);
    const auto count = std::min(static_cast<std::size_t>(batch_size_), order_.size() - begin);
    const auto indices = std::span(order_).subspan(begin, count);
    Batch batch = dataset_->get(indices);
    if (transform_) batch = transform_(batch, {indices, key_});
    if (batch.inputs.defined()) batch.inputs.eval();
    if (batch.targets.defined()) batch.targets.eval();
    return batch;
  }

 private:
  Shared<const Dataset> dataset_;
  std::int64_t batch_size_;
  Transform transform_;
  RandomKey key_;
  std::vector<std::int64_t> order_;
};

/// Makes each batch when it is asked for.
class DirectStream final : public BatchStream {
 public:
  DirectStream(EpochPlan plan, std::int64_t first, std::int64_t last)
      : plan_(std::move(plan)), next_(first), last_(last) {}

  std::optional<Batch> next() override {
    if (next_ >= last_) return std::nullopt;
    const std::int64_t number = std::exchange(next_, last_);  // an exception ends the stream
    Batch batch = plan_.make(number);
    next_ = number + 1;
    return batch;
  }

 private:
  EpochPlan plan_;
  std::int64_t next_, last_;
};

void check(const Dataset* dataset, const LoaderOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, kOperation, what);
  };
  if (!dataset) refuse("there is no data set");
  if (options.batch_size < 1) {
    refuse(fmt::format("the batch size must be 1 or more, not {}", options.batch_size));
  }
  if (options.threads < 0) refuse(fmt::format("there cannot be {} threads", options.threads));
  if (options.prefetch < 1) {
    refuse(fmt::format("prefetch must be 1 or more, not {}", options.prefetch));
  }
}

}  // namespace

BatchIterator::BatchIterator(Shared<BatchStream> stream) : stream_(std::move(stream)) { ++*this; }

BatchIterator& BatchIterator::operator++() {
  batch_.reset();  // before the next one is made, so that its memory can be used again
  batch_ = stream_->next();
  return *this;
}

DataLoader::DataLoader(Shared<const Dataset> dataset, LoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)) {
  check(dataset_.get(), options_);
}

std::int64_t DataLoader::size() const {
  const std::int64_t examples = dataset_->size();
  const std::int64_t whole = examples / options_.batch_size;
  return whole + (examples % options_.batch_size != 0 && !options_.drop_last ? 1 : 0);
}

Epoch DataLoader::epoch(std::int64_t number, std::int64_t first_batch) const {
  if (number < 0 || first_batch < 0 || first_batch > size()) {
    throw Error(ErrorCode::invalid_argument, kOperation,
                fmt::format("there is no batch {} in epoch {}: epochs have {} batches", first_batch,
                            number, size()));
  }
  EpochPlan plan(dataset_, options_, number);
  if (options_.threads == 0) {
    return Epoch(share<DirectStream>(std::move(plan), first_batch, size()));
  }
  return Epoch(
      share<Prefetcher>([plan = std::move(plan)](std::int64_t batch) { return plan.make(batch); },
                        first_batch, size(), options_.threads, options_.prefetch));
}

}  // namespace gradus::data
