#include "gradus/train/checkpoint.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/io/safetensors.h"

namespace gradus::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kStateKey = "gradus.training";
constexpr std::string_view kModel = "model.";
constexpr std::string_view kOptimizer = "optimizer.";
constexpr std::string_view kSchedule = "schedule.";
constexpr std::string_view kBest = "best.";

std::string state_to_json(const TrainingState& state) {
  Json json;
  json["epoch"] = state.epoch;
  json["step"] = state.step;
  json["sums"] = state.sums;
  json["seconds"] = state.seconds;
  json["best_epoch"] = state.best_epoch;
  json["best_value"] = state.best_value;
  json["history"] = Json::parse(history_to_json(state.history));
  return json.dump();
}

TrainingState state_from_json(const std::string& text) {
  const Json json = Json::parse(text);
  TrainingState state;
  state.epoch = json.at("epoch").get<std::int64_t>();
  state.step = json.at("step").get<std::int64_t>();
  state.sums = json.at("sums").get<std::vector<double>>();
  state.seconds = json.at("seconds").get<double>();
  state.best_epoch = json.at("best_epoch").get<std::int64_t>();
  state.best_value = json.at("best_value").get<double>();
  state.history = history_from_json(json.at("history").dump());
  const bool sensible = state.epoch >= 1 && state.step >= 0 &&
                        static_cast<std::int64_t>(state.history.size()) == state.epoch - 1;
  if (!sensible) {
    throw Error(ErrorCode::format, "checkpoint",
                fmt::format("epoch {}, step {} does not follow {} finished epochs", state.epoch,
                            state.step, state.history.size()));
  }
  return state;
}

void add_all(io::NamedTensors& tensors, std::string_view prefix, const nn::NamedTensors& state) {
  for (const auto& [name, tensor] : state) tensors.emplace_back(std::string(prefix) + name, tensor);
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  io::Safetensors file;
  file.metadata = checkpoint.metadata;
  file.metadata.set(kStateKey, state_to_json(checkpoint.training));
  add_all(file.tensors, kModel, checkpoint.model);
  add_all(file.tensors, kOptimizer, checkpoint.optimizer);
  add_all(file.tensors, kSchedule, checkpoint.schedule);
  add_all(file.tensors, kBest, checkpoint.training.best);
  io::write_safetensors(path, file);
}

Checkpoint read_checkpoint(const std::string& path) {
  io::Safetensors file = io::read_safetensors(path);
  const std::string* state = file.metadata.find(kStateKey);
  if (!state) {
    throw Error(ErrorCode::format, "checkpoint",
                path + ": it is not a checkpoint of a training run");
  }
  Checkpoint checkpoint;
  try {
    checkpoint.training = state_from_json(*state);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::format, "checkpoint", fmt::format("{}: {}", path, error.what()));
  } catch (Error& error) {
    error.add_context(path);
    throw;
  }
  file.metadata.erase(kStateKey);
  checkpoint.metadata = std::move(file.metadata);
  const std::pair<std::string_view, nn::NamedTensors*> parts[] = {
      {kModel, &checkpoint.model},
      {kOptimizer, &checkpoint.optimizer},
      {kSchedule, &checkpoint.schedule},
      {kBest, &checkpoint.training.best}};
  for (auto& entry : file.tensors) {
    const std::string& name = entry.first;
    const auto part = std::find_if(std::begin(parts), std::end(parts),
                                   [&](const auto& p) { return name.starts_with(p.first); });
    if (part == std::end(parts)) {
      throw Error(ErrorCode::format, "checkpoint",
                  fmt::format("{}: a checkpoint has no tensor {}", path, name));
    }
    part->second->emplace_back(name.substr(part->first.size()), std::move(entry.second));
  }
  return checkpoint;
}

}  // namespace gradus::train
