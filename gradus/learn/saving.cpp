#include "gradus/learn/saving.h"

#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/io/safetensors.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/options.h"
#include "gradus/learn/pipeline.h"

namespace gradus::learn {
namespace {

constexpr std::string_view kKindKey = "gradus.estimator";
constexpr std::string_view kOptionKey = "gradus.option.";
constexpr std::string_view kPartsKey = "gradus.parts";
constexpr const char* kFeatures = "features";

/// Keeps the path of parts before the names of tensors.
class PathFittedVisitor : public FittedVisitor {
 public:
  void part(std::string_view name, Estimator& part) override {
    const std::size_t length = path_.size();
    path_ += fmt::format("{}.", name);
    visit(part);
    path_.resize(length);
  }
  virtual void visit(Estimator& estimator) = 0;

 protected:
  std::string path_of(std::string_view name) const { return fmt::format("{}{}", path_, name); }

 private:
  std::string path_;
};

class Collecting final : public PathFittedVisitor {
 public:
  void visit(Estimator& estimator) override {
    tensors.emplace_back(path_of(kFeatures), Tensor(estimator.feature_count()));
    estimator.fitted(*this);
  }
  void operator()(std::string_view name, Tensor& tensor, Content,
                  std::initializer_list<std::int64_t>) override {
    if (tensor.defined()) tensors.emplace_back(path_of(name), tensor);
  }

  io::NamedTensors tensors;
};

bool is_of(Content content, DType dtype) {
  switch (content) {
    case Content::i64:
      return dtype == DType::i64;
    case Content::real:
      return dtype == DType::f32 || dtype == DType::f64;
    default:
      return dtype == DType::f64;
  }
}

std::string_view name_of(Content content) {
  return content == Content::i64 ? "i64" : content == Content::real ? "f32 or f64" : "f64";
}

bool fits(const Shape& shape, std::initializer_list<std::int64_t> extents) {
  if (shape.rank() != static_cast<int>(extents.size())) return false;
  int axis = 0;
  for (const std::int64_t extent : extents) {
    if (extent != kAnyExtent && shape[axis] != extent) return false;
    ++axis;
  }
  return true;
}

class Giving final : public PathFittedVisitor {
 public:
  explicit Giving(const io::NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors) given_.emplace(name, &tensor);
  }
  void visit(Estimator& estimator) override {
    Tensor count;
    (*this)(kFeatures, count, Content::i64, {});
    if (!count.defined()) return;
    const auto features = count.item<std::int64_t>();
    if (features < 1 || features > std::int64_t{1} << 40) {
      faults.push_back(fmt::format("{} is {}", path_of(kFeatures), features));
      return;
    }
    estimator.set_feature_count(features);
    estimator.fitted(*this);
    if (faults.empty()) estimator.finish_loading();
  }
  void operator()(std::string_view name, Tensor& tensor, Content content,
                  std::initializer_list<std::int64_t> extents) override {
    const auto place = given_.find(path_of(name));
    if (place == given_.end()) {
      faults.push_back(path_of(name) + " is missing");
      return;
    }
    const Tensor& value = *place->second;
    given_.erase(place);
    if (!is_of(content, value.dtype()) || !fits(value.shape(), extents)) {
      faults.push_back(fmt::format("{} is {}, not {}[{}]", path_of(name), value.signature(),
                                   name_of(content), extents_text(extents)));
    } else if (!is_sound(value, content)) {
      faults.push_back(path_of(name) + " holds numbers that are not finite");
    } else {
      tensor = value;
    }
  }

  std::vector<std::string> faults;
  /// Names that nobody took.
  std::vector<std::string> unexpected(const io::NamedTensors& tensors) const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors) {
      if (given_.contains(name)) names.push_back(name + " is unexpected");
    }
    return names;
  }

 private:
  static std::string extents_text(std::initializer_list<std::int64_t> extents) {
    std::vector<std::string> texts;
    for (const std::int64_t extent : extents) {
      texts.push_back(extent == kAnyExtent ? "any" : std::to_string(extent));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  std::unordered_map<std::string, const Tensor*> given_;
};

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::format, "load", message);
}

/// The estimator that metadata describe, not fitted; `path` as in "scale." for a part.
Owned<Estimator> described(const io::Metadata& metadata, const std::string& path) {
  const std::string* kind = metadata.find(path + std::string(kKindKey));
  if (!kind) refuse(fmt::format("the file does not say what {} is", path.empty() ? "it" : path));
  if (*kind != Pipeline::kKind) return make_estimator(*kind);
  if (!path.empty()) refuse("a pipeline is part of another");
  const std::string* parts = metadata.find(kPartsKey);
  if (!parts) refuse("a pipeline without parts");
  Pipeline pipeline;
  for (std::size_t begin = 0; begin <= parts->size();) {
    const std::size_t end = std::min(parts->find('.', begin), parts->size());
    const std::string name = parts->substr(begin, end - begin);
    pipeline.add(name, described(metadata, name + "."));
    begin = end + 1;
  }
  return pipeline.clone();
}

void describe(const Estimator& estimator, const std::string& path, io::Metadata& metadata) {
  metadata.set(path + std::string(kKindKey), estimator.kind());
  const auto* pipeline = dynamic_cast<const Pipeline*>(&estimator);
  if (!pipeline) return;
  std::vector<std::string> names;
  for (const auto& step : pipeline->steps()) {
    names.push_back(step.name);
    describe(*step.estimator, step.name + ".", metadata);
  }
  metadata.set(kPartsKey, fmt::format("{}", fmt::join(names, ".")));
}

Owned<Estimator> restored(const io::Safetensors& contents) {
  Owned<Estimator> estimator = described(contents.metadata, "");
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, text] : contents.metadata) {
    if (name.starts_with(kOptionKey)) texts.emplace_back(name.substr(kOptionKey.size()), text);
  }
  set_options(*estimator, parse_options(*estimator, texts));
  Giving giving(contents.tensors);
  giving.visit(*estimator);
  for (auto& fault : giving.unexpected(contents.tensors)) giving.faults.push_back(fault);
  if (!giving.faults.empty()) refuse(fmt::format("{}", fmt::join(giving.faults, "; ")));
  return estimator;
}

}  // namespace

void save(const Estimator& estimator, const std::string& path) {
  if (!estimator.is_fitted()) {
    throw Error(ErrorCode::invalid_argument, "save",
                fmt::format("the {} is not fitted yet", estimator.kind()));
  }
  Collecting visitor;
  // Visiting hands out references; this visitor only reads them.
  visitor.visit(const_cast<Estimator&>(estimator));
  io::Safetensors contents{.tensors = std::move(visitor.tensors), .metadata = {}};
  describe(estimator, "", contents.metadata);
  for (const auto& [name, value] : options_of(estimator)) {
    contents.metadata.set(std::string(kOptionKey) + name, text_of(value));
  }
  io::write_safetensors(path, contents);
}

Owned<Estimator> load(const std::string& path) {
  const io::Safetensors contents = io::read_safetensors(path);
  try {
    return restored(contents);
  } catch (Error& error) {
    throw Error(ErrorCode::format, error.operation(), fmt::format("{}: {}", path, error.message()));
  }
}

}  // namespace gradus::learn
