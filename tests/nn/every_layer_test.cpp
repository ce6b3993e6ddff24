// Every layer, made by name: it visits all tensors that it uses, its copies are its own, and it
// describes itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gradus/core/node.h"
#include "gradus/nn/describe.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/layer_kinds.h"
#include "gradus/nn/linear.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"

namespace gradus::nn {
namespace {

/// Sets the sizes that cannot be inferred to small numbers.
class SmallSizes final : public OptionVisitor {
 public:
  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override {
    static const std::map<std::string, std::int64_t> kSizes = {
        {"out", 4}, {"entries", 5}, {"dimension", 3}, {"channels", 2}, {"hidden_size", 4}};
    const auto size = kSizes.find(name);
    if (size != kSizes.end()) value = size->second;
  }
  void operator()(const char*, float&) override {}
  void operator()(const char*, bool&) override {}
  void operator()(const char* name, Dims& value) override {
    if (name == std::string("shape")) value = {-1};
  }

 private:
  void choice(const char*, int&, std::span<const char* const>) override {}
};

Tensor input_of(const std::string& kind) {
  if (kind == "embedding") return Tensor::from(std::vector<std::int64_t>{0, 4, 2}, Shape{3, 1});
  if (kind == "conv1d") return random_normal(Key(9), {3, 2, 6});
  if (kind == "rnn" || kind == "lstm" || kind == "gru") return random_normal(Key(9), {3, 5, 2});
  if (kind == "conv3d") return random_normal(Key(9), {3, 2, 4, 4, 4});
  return random_normal(Key(9), {3, 2, 6, 6});
}

Owned<Layer> small_layer(const LayerKind& kind) {
  const auto maker = kind.maker();
  SmallSizes sizes;
  // layer_norm's shape is inferred; reshape's is not, and -1 means all of an example.
  if (kind.name != std::string("layer_norm")) maker->fields(sizes);
  maker->infer(input_of(kind.name).shape());
  return maker->make();
}

Context training() { return {.training = true, .key = Key(3)}; }

/// The tensors behind `output` with more than one element that nothing was made of.
std::set<const Node*> sources_of(const Tensor& output) {
  std::set<const Node*> met, sources;
  std::vector<const Node*> waiting{output.node()};
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    if (!met.insert(node).second) continue;
    if (node->inputs().empty() && node->output(0).shape.size() > 1) sources.insert(node);
    for (const Tensor& input : node->inputs()) waiting.push_back(input.node());
  }
  return sources;
}

/// What is wrong with the tensors that `layer` visits; empty if nothing is.
std::string visiting_faults(Layer& layer, const Tensor& x) {
  std::set<const Node*> visited;
  std::set<const Node*> trainable;
  for (const Member& member : members(layer)) {
    visited.insert(member.tensor->eval().node());
    if (member.role == Role::parameter) trainable.insert(member.tensor->node());
  }
  const TraceScope scope;  // keeps the inputs of evaluated nodes
  const Tensor variable = scope.watch(x.eval());
  // What stands behind both of two passes was there before; keys and first states are made anew.
  Context first_pass = training(), second_pass = training();
  const Tensor first = layer.forward(variable, first_pass);
  const Tensor second = layer.forward(variable, second_pass);
  std::set<const Node*> sources = sources_of(first);
  const std::set<const Node*> again = sources_of(second);
  std::erase_if(sources, [&](const Node* source) { return !again.contains(source); });
  std::string faults;
  for (const Node* source : sources) {
    const bool is_input = source == x.node() || source == variable.node();
    if (!is_input && !visited.contains(source)) {
      faults += "uses a tensor " + source->output(0).shape.to_string() + " without visiting it; ";
    }
  }
  for (const Node* parameter : trainable) {
    if (!sources.contains(parameter)) {
      faults +=
          "visits a parameter " + parameter->output(0).shape.to_string() + " without using it; ";
    }
  }
  return faults;
}

TEST(EveryLayer, VisitsTheTensorsThatItUses) {
  for (const LayerKind& kind : layer_kinds()) {
    const auto layer = small_layer(kind);
    EXPECT_EQ(visiting_faults(*layer, input_of(kind.name)), "") << kind.name;
  }
}

/// Forgets its biases when it is visited; one of them is not evaluated.
struct Forgetful : LayerOf<Forgetful> {
  static constexpr const char* kKind = "forgetful";
  Tensor weight = Tensor{{1, 2}, {3, 4}}, bias{5, 6}, unused{7, 8};
  Tensor zeros_for_rows = zeros({2, 1});
  Tensor operator()(const Tensor& x) const { return x * weight + bias + zeros_for_rows; }
  void visit(Visitor& v) override {
    v("weight", weight);
    v("unused", unused);
  }
};

TEST(EveryLayer, TheCheckFindsWhatAVisitForgets) {
  Forgetful layer;
  const std::string faults = visiting_faults(layer, Tensor{{1, 1}, {1, 1}});
  EXPECT_THAT(faults, ::testing::HasSubstr("uses a tensor [2] without visiting it; "));
  EXPECT_THAT(faults, ::testing::HasSubstr("uses a tensor [2, 1] without visiting it; "));
  EXPECT_THAT(faults, ::testing::HasSubstr("visits a parameter [2] without using it; "));
}

TEST(EveryLayer, HasTheNameItWasMadeBy) {
  for (const LayerKind& kind : layer_kinds()) {
    EXPECT_STREQ(small_layer(kind)->kind(), kind.name);
    EXPECT_EQ(find_kind(layer_kinds(), kind.name), &kind);
  }
  EXPECT_EQ(find_kind(layer_kinds(), "no_such_layer"), nullptr);
}

TEST(EveryLayer, ClonesAreSnapshots) {
  for (const LayerKind& kind : layer_kinds()) {
    const auto layer = small_layer(kind);
    const Tensor x = input_of(kind.name);
    const auto clone = layer->clone();
    Context context = training();
    layer->forward(x, context);  // moves running statistics
    for (const Member& member : members(*layer)) {
      *member.tensor = full_like(*member.tensor, 0.125);
    }
    const auto original = small_layer(kind);
    const auto expected = state(*original);
    const auto kept = state(*clone);
    ASSERT_EQ(kept.size(), expected.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      EXPECT_EQ(kept[i].first, expected[i].first);
      EXPECT_EQ(kept[i].second.to_vector<float>(), expected[i].second.to_vector<float>())
          << kind.name;
    }
  }
}

TEST(EveryLayer, GivesTheSameBitsForTheSameKey) {
  for (const LayerKind& kind : layer_kinds()) {
    std::vector<float> outputs[2];
    for (auto& output : outputs) {
      const auto layer = small_layer(kind);
      Context context = training();
      output = layer->forward(input_of(kind.name), context).to_vector<float>();
    }
    EXPECT_EQ(outputs[0], outputs[1]) << kind.name;
  }
}

TEST(EveryLayer, HasGradientsOfTheRightShapeForAllItsParameters) {
  for (const LayerKind& kind : layer_kinds()) {
    const auto layer = small_layer(kind);
    Context context = training();
    const Tensor x = input_of(kind.name);
    const auto result =
        value_and_grad(*layer, [&] { return mean(square(layer->forward(x, context))); });
    const auto found = parameters(*layer);
    ASSERT_EQ(result.gradients.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(result.gradients[i].shape(), found[i].tensor->shape()) << found[i].path;
      for (const float g : result.gradients[i].to_vector<float>()) ASSERT_TRUE(std::isfinite(g));
    }
  }
}

TEST(EveryLayer, IsDescribedByARow) {
  for (const LayerKind& kind : layer_kinds()) {
    const auto layer = small_layer(kind);
    const Tensor x = input_of(kind.name);
    const Shape example(Dims(x.shape().begin() + 1, x.shape().end()));
    const auto rows = describe(*layer, example, x.dtype());
    ASSERT_EQ(rows.size(), 1u);
    Context evaluation;
    const Shape output = layer->forward(x, evaluation).shape();
    EXPECT_EQ(rows[0].output, Shape(Dims(output.begin() + 1, output.end()))) << kind.name;
    EXPECT_EQ(rows[0].parameters, parameter_count(*layer));
  }
}

}  // namespace
}  // namespace gradus::nn
