#include "gradus/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "gradus/base/error.h"
#include "gradus/io/extents.h"
#include "gradus/io/file_bytes.h"
#include "gradus/io/utf8.h"

namespace gradus::io {
namespace {

constexpr std::size_t kMaximumSafetensorsRank = 64;

constexpr std::array<std::pair<std::string_view, DType>, 8> kTypes = {{
    {"BOOL", DType::boolean},
    {"U8", DType::u8},
    {"I32", DType::i32},
    {"I64", DType::i64},
    {"F16", DType::f16},
    {"BF16", DType::bf16},
    {"F32", DType::f32},
    {"F64", DType::f64},
}};

// In the format, but not among Gradus's element types.
constexpr std::array<std::string_view, 13> kOtherTypes = {
    "I8",      "I16",     "U16",     "U32",     "U64", "C64",        "F8_E5M2",
    "F8_E4M3", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4",  "F8_E4M3FNUZ"};

/// Receives the header's JSON piece by piece and accepts the one form it may have:
///   {"__metadata__": {text: text, ...}, name: {"dtype": text, "shape": [...],
///    "data_offsets": [begin, end]}, ...}
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderHandler(const std::string& file) : file_(file) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::top;
    } else if (place_ == Place::entry) {
      place_ = name_ == kSafetensorsMetadata ? Place::metadata : Place::fields;
      dtype_.reset();
      shape_.reset();
      offsets_.reset();
    } else {
      misplaced("an object");
    }
    return true;
  }

  bool key(string_t& key) override {
    if (place_ == Place::top) {
      if (!names_.insert(key).second) fault(fmt::format("the key '{}' appears twice", key));
      name_ = key;
      place_ = Place::entry;
    } else if (place_ == Place::metadata) {
      if (header_.metadata.contains(key)) fault(fmt::format("the key '{}' appears twice", key));
      field_ = key;
    } else {
      field_ = key;
      const bool twice = (key == "dtype" && dtype_) || (key == "shape" && shape_) ||
                         (key == "data_offsets" && offsets_);
      if (twice) fault(fmt::format("the key '{}' appears twice", key));
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        fault(fmt::format("unknown key '{}'", key));
      }
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::fields) finish_entry();
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::fields || field_ == "dtype") misplaced("an array");
    (field_ == "shape" ? shape_ : offsets_).emplace();
    place_ = Place::numbers;
    return true;
  }

  bool end_array() override {
    place_ = Place::fields;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::numbers) misplaced("a number");
    auto& list = field_ == "shape" ? shape_ : offsets_;
    const std::size_t limit = field_ == "shape" ? kMaximumSafetensorsRank : 2;
    if (list->size() == limit) fault(fmt::format("{} has more than {} numbers", field_, limit));
    list->push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(field_, value);
    } else if (place_ == Place::fields && field_ == "dtype") {
      dtype_ = value;
    } else {
      misplaced("a string");
    }
    return true;
  }

  bool number_integer(number_integer_t) override { return misplaced("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return misplaced("a number that is not a whole number below 2^64");
  }
  bool null() override { return misplaced("null"); }
  bool boolean(bool) override { return misplaced("true or false"); }
  bool binary(binary_t&) override { return misplaced("binary data"); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    // The position counts from 1, and the header begins at byte 8.
    throw format_error(kReadSafetensors, file_,
                       fmt::format("byte {}: the header is not JSON", position + 7));
  }

 private:
  enum class Place { outside, top, entry, fields, numbers, metadata };

  bool misplaced(const char* what) const {
    switch (place_) {
      case Place::outside:
      case Place::top:
        fault(fmt::format("the header is {}, not an object", what));
      case Place::entry:
        fault(fmt::format("it is {}, not an object", what));
      case Place::metadata:
        fault(fmt::format("the value of '{}' is {}, not a string", field_, what));
      case Place::fields:
      case Place::numbers:
        break;
    }
    const char* wanted = field_ == "dtype" ? "a string" : "a list of non-negative whole numbers";
    fault(fmt::format("{} must be {}; there is {}", field_, wanted, what));
  }

  [[noreturn]] void fault(const std::string& what) const {
    const bool inside = place_ != Place::outside && place_ != Place::top;
    throw format_error(kReadSafetensors, file_,
                       inside && name_ == kSafetensorsMetadata ? "__metadata__: " + what
                       : inside ? fmt::format("tensor '{}': {}", name_, what)
                                : what);
  }

  void finish_entry() {
    if (!dtype_) fault("it has no dtype");
    if (!shape_) fault("it has no shape");
    if (!offsets_ || offsets_->size() != 2) fault("it has no two data_offsets");
    SafetensorsEntry entry{name_, parse_dtype(), {}, (*offsets_)[0], (*offsets_)[1]};
    if (entry.begin > entry.end) {
      fault(fmt::format("its data_offsets [{}, {}] run backwards", entry.begin, entry.end));
    }
    const auto bytes = bytes_of(*shape_, size_of(entry.dtype));
    if (!bytes)
      fault(fmt::format("its shape [{}] has too many elements", fmt::join(*shape_, ", ")));
    if (*bytes != entry.end - entry.begin) {
      fault(fmt::format("its shape [{}] of {} takes {} bytes, but its data_offsets span {}",
                        fmt::join(*shape_, ", "), *dtype_, *bytes, entry.end - entry.begin));
    }
    Dims dims;
    for (const std::uint64_t extent : *shape_) dims.push_back(static_cast<std::int64_t>(extent));
    entry.shape = Shape(std::move(dims));
    header_.entries.push_back(std::move(entry));
  }

  DType parse_dtype() const {
    for (const auto& [text, dtype] : kTypes) {
      if (text == *dtype_) return dtype;
    }
    if (std::find(kOtherTypes.begin(), kOtherTypes.end(), *dtype_) != kOtherTypes.end()) {
      throw Error(
          ErrorCode::unsupported, kReadSafetensors,
          fmt::format("{}: tensor '{}': Gradus has no tensors of dtype {}", file_, name_, *dtype_));
    }
    fault(fmt::format("unknown dtype '{}'", *dtype_));
  }

  const std::string& file_;
  SafetensorsHeader header_;
  Place place_ = Place::outside;
  std::unordered_set<std::string> names_;
  std::string name_;   // of the entry under way
  std::string field_;  // the key under way in it
  std::optional<std::string> dtype_;
  std::optional<std::vector<std::uint64_t>> shape_, offsets_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(const std::string& file, std::string_view json) {
  if (json.empty() || json.front() != '{') {
    throw format_error(kReadSafetensors, file, "byte 8: the header does not begin with '{'");
  }
  if (const auto wrong = find_invalid_utf8(json)) {
    throw format_error(kReadSafetensors, file,
                       fmt::format("byte {}: the header is not UTF-8", *wrong + 8));
  }
  // The JSON parser would take a null character for the end.
  if (const auto null = json.find('\0'); null != json.npos) {
    throw format_error(kReadSafetensors, file,
                       fmt::format("byte {}: the header is not JSON", null + 8));
  }
  HeaderHandler handler(file);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  return handler.take();
}

std::string_view safetensors_name(DType dtype) {
  return std::find_if(kTypes.begin(), kTypes.end(),
                      [&](const auto& type) { return type.second == dtype; })
      ->first;
}

}  // namespace gradus::io
