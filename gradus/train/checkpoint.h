#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/io/metadata.h"
#include "gradus/nn/module.h"
#include "gradus/train/history.h"

namespace gradus::train {

/// Where training stands, beside weights and optimiser.
struct TrainingState {
  std::int64_t epoch = 1;         ///< under way, from 1
  std::int64_t step = 0;          ///< steps of it that are done
  std::vector<double> sums = {};  ///< of its metrics
  double seconds = 0;             ///< spent in it
  std::vector<EpochRecord> history = {};
  std::int64_t best_epoch = 0;  ///< by the monitored metric; 0: none yet
  double best_value = 0;
  nn::NamedTensors best = {};  ///< weights of the best epoch
};

/// All that is needed to go on as if nothing had happened. Random numbers need nothing: they follow
/// from the seed, the epoch and the step.
struct Checkpoint {
  TrainingState training;
  nn::NamedTensors model;
  nn::NamedTensors optimizer;
  nn::NamedTensors schedule = {};  ///< of one that remembers metrics
  io::Metadata metadata = {};      ///< of the caller
};

/// Writes a checkpoint as a safetensors file, atomically: tensors "model.<path>",
/// "optimizer.<path>", "schedule.<path>" and "best.<path>".
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);
/// Throws Error naming the file if it is not a checkpoint.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace gradus::train
