#include "gradus/train/history.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTraining = "train_";
constexpr std::string_view kValidation = "validation_";

Json to_object(const EpochRecord& record) {
  Json json;
  json["epoch"] = record.epoch;
  for (const auto& [name, value] : record.training) json[std::string(kTraining) + name] = value;
  for (const auto& [name, value] : record.validation) json[std::string(kValidation) + name] = value;
  json["learning_rate"] = record.learning_rate;
  json["seconds"] = record.seconds;
  return json;
}

/// JSON has no infinities and no NaN; null stands for NaN.
double number_of(const Json& value) { return value.is_null() ? NAN : value.get<double>(); }

EpochRecord from_object(const Json& json) {
  EpochRecord record;
  for (const auto& [key, value] : json.items()) {
    if (key == "epoch") {
      record.epoch = value.get<std::int64_t>();
    } else if (key == "learning_rate") {
      record.learning_rate = number_of(value);
    } else if (key == "seconds") {
      record.seconds = number_of(value);
    } else if (key.starts_with(kTraining)) {
      record.training.emplace_back(key.substr(kTraining.size()), number_of(value));
    } else if (key.starts_with(kValidation)) {
      record.validation.emplace_back(key.substr(kValidation.size()), number_of(value));
    } else {
      throw Error(ErrorCode::format, "history", "unknown key " + key);
    }
  }
  return record;
}

}  // namespace

std::optional<double> find_metric(const EpochRecord& record, std::string_view name) {
  if (name == "learning_rate") return record.learning_rate;
  if (name.starts_with(kTraining)) {
    return find_metric(record.training, name.substr(kTraining.size()));
  }
  if (name.starts_with(kValidation)) {
    return find_metric(record.validation, name.substr(kValidation.size()));
  }
  return std::nullopt;
}

std::string to_json(const EpochRecord& record) { return to_object(record).dump(); }

std::string history_to_json(const std::vector<EpochRecord>& history) {
  Json json = Json::array();
  for (const EpochRecord& record : history) json.push_back(to_object(record));
  return json.dump();
}

std::vector<EpochRecord> history_from_json(const std::string& text) {
  try {
    std::vector<EpochRecord> history;
    for (const Json& entry : Json::parse(text)) history.push_back(from_object(entry));
    return history;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::format, "history", error.what());
  }
}

}  // namespace gradus::train
