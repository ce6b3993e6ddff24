#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "gradus/base/function.h"
#include "gradus/base/philox.h"
#include "gradus/base/pointer.h"
#include "gradus/data/dataset.h"
#include "gradus/ops/random.h"

namespace gradus::data {

/// What a transform knows of the examples before it.
struct TransformContext {
  std::span<const std::int64_t> indices;  ///< their numbers in the data set
  RandomKey key;                          ///< of the epoch; fold an example's number into it
};

/// Changes a batch after it was fetched, in the loader's threads; returns evaluated tensors. What
/// it draws at random must depend on the context alone.
using Transform = Function<Batch(const Batch& batch, const TransformContext& context)>;

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  Key key = Key(0);        ///< with the epoch's number, all that order and transform depend on
  bool drop_last = false;  ///< leave out the last batch if it is incomplete
  int threads = 1;         ///< that make batches in the background; 0: made when asked for
  int prefetch = 2;        ///< how many batches may lie ready, beside those under way
  Transform transform = {};
};

/// Batches one after the other. Made by DataLoader.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  /// The next batch, evaluated; nothing after the last. Throws what the data set or the transform
  /// threw, and ends there.
  virtual std::optional<Batch> next() = 0;
};

/// The end of a walk over an epoch.
struct EndOfEpoch {};

/// A walk over one epoch.
class BatchIterator {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = Batch;

  BatchIterator() = default;
  explicit BatchIterator(Shared<BatchStream> stream);
  const Batch& operator*() const { return *batch_; }
  const Batch* operator->() const { return &*batch_; }
  BatchIterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const BatchIterator& i, EndOfEpoch) { return !i.batch_.has_value(); }

 private:
  Shared<BatchStream> stream_;
  std::optional<Batch> batch_;
};

/// The batches of one epoch, to be walked once.
class Epoch {
 public:
  explicit Epoch(Shared<BatchStream> stream) : stream_(std::move(stream)) {}
  BatchIterator begin() const { return BatchIterator(stream_); }
  EndOfEpoch end() const { return {}; }

 private:
  Shared<BatchStream> stream_;
};

/// Hands out a data set in batches, epoch after epoch. Which examples a batch holds, and in which
/// order, depends on the options and the epoch's number alone, not on threads or on what was
/// handed out before.
///
///     DataLoader loader(train, {.batch_size = 64, .shuffle = true, .key = Key(1)});
///     for (auto [images, labels] : loader) ...                        // the next epoch
///     for (auto [images, labels] : loader.epoch(3, 100)) ...          // epoch 3 from batch 100 on
class DataLoader {
 public:
  /// Throws Error if an option makes no sense.
  explicit DataLoader(Shared<const Dataset> dataset, LoaderOptions options = {});
  template <std::derived_from<Dataset> D>
  explicit DataLoader(D dataset, LoaderOptions options = {})
      : DataLoader(share<const D>(std::move(dataset)), std::move(options)) {}

  /// Batches in an epoch.
  std::int64_t size() const;
  /// Epoch `number`, from batch `first_batch` on.
  Epoch epoch(std::int64_t number, std::int64_t first_batch = 0) const;

  /// Begins the next epoch: the first call epoch 0, the second epoch 1, and so on.
  BatchIterator begin() { return epoch(next_epoch_++).begin(); }
  EndOfEpoch end() const { return {}; }

  const Dataset& dataset() const { return *dataset_; }
  const LoaderOptions& options() const { return options_; }

 private:
  Shared<const Dataset> dataset_;
  LoaderOptions options_;
  std::int64_t next_epoch_ = 0;
};

}  // namespace gradus::data
