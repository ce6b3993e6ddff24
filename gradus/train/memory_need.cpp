#include "gradus/train/memory_need.h"

#include <fmt/format.h>

#include "gradus/base/bytes_text.h"
#include "gradus/base/error.h"
#include "gradus/core/switches.h"
#include "gradus/memory/host_memory.h"

namespace gradus::train {
namespace {

std::uint64_t bytes_of(const Tensor& tensor) {
  return static_cast<std::uint64_t>(tensor.size()) * size_of(tensor.dtype());
}

/// A layer and the largest of its weights.
struct Largest {
  std::size_t layer = 0;
  std::string path;
  Tensor weight;
};

/// What a model keeps, and its weights once more for their gradients.
std::uint64_t bytes_of_model(nn::Sequential& model, Largest& largest) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < model.size(); ++i) {
    for (const nn::Member& member : nn::members(model[i])) {
      const Tensor& tensor = *member.tensor;
      sum += bytes_of(tensor) * (member.role == nn::Role::parameter ? 2 : 1);
      const bool larger = !largest.weight.defined() || bytes_of(tensor) > bytes_of(largest.weight);
      if (larger) largest = {i, member.path, tensor};
    }
  }
  return sum;
}

std::uint64_t bytes_of_optimizer(const optim::Optimizer& optimizer, nn::Module& model) {
  const Owned<optim::Optimizer> prepared = optimizer.clone();
  prepared->prepare(model);
  std::uint64_t sum = 0;
  for (const nn::Member& member : nn::members(*prepared)) sum += bytes_of(*member.tensor);
  return sum;
}

}  // namespace

void check_memory(const BuiltModel& built, const optim::Optimizer& optimizer) {
  const DeferralScope only_looked_at;
  nn::Sequential model = built.model;
  Largest largest;
  const std::uint64_t needed =
      bytes_of_model(model, largest) + bytes_of_optimizer(optimizer, model);
  const std::uint64_t available = host_memory().available;
  if (needed <= available) return;
  Error error(ErrorCode::out_of_memory, model[largest.layer].kind(),
              fmt::format("{} {} takes {} bytes; the weights of the model, their gradients and "
                          "what {} keeps of them take {}, and {} are available",
                          largest.path, largest.weight.signature(), bytes_of(largest.weight),
                          optimizer.kind(), bytes_text(needed), bytes_text(available)),
              {largest.weight.shape()});
  error.add_module(fmt::format("layers.{}", largest.layer));
  const Place& place = built.layers[largest.layer].kind.place();
  if (!place.source.empty()) error.add_context(place.to_string());
  throw error;
}

}  // namespace gradus::train
