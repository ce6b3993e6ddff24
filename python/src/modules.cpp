#include "modules.h"

#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "callback.h"
#include "casters.h"
#include "gradus/nn/describe.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/gradients.h"
#include "gradus/nn/layer_kinds.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/sequential.h"
#include "module.h"
#include "options.h"
#include "python_layer.h"
#include "tensor_like.h"
#include "torch_paths.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// Looks at the tensors that a module visits itself, not at those of the modules in it.
class MemberFinder final : public nn::Visitor {
 public:
  explicit MemberFinder(std::string_view name) : name_(name) {}
  Tensor* found = nullptr;

 private:
  void on_parameter(std::string_view name, Tensor& tensor) override { look(name, tensor); }
  void on_buffer(std::string_view name, Tensor& tensor) override { look(name, tensor); }
  void on_module(nn::Module&) override {}
  void enter(std::string_view) override { ++depth_; }
  void leave() override { --depth_; }
  void enter_element(std::size_t) override { ++depth_; }
  void look(std::string_view name, Tensor& tensor) {
    if (depth_ == 0 && name == name_) found = &tensor;
  }

  std::string_view name_;
  int depth_ = 0;
};

/// Sequential as Python holds it: its layers are Python objects.
class SequentialHolder final : public ModuleHolder {
 public:
  explicit SequentialHolder(Owned<nn::Sequential> layers)
      : ModuleHolder(Owned<nn::Module>(layers.get())), layers_(layers.release()) {}

  static Owned<nn::Sequential> of(const nb::args& layers) {
    auto sequential = make_owned<nn::Sequential>();
    for (const nb::handle layer : layers) add(*sequential, layer);
    return sequential;
  }
  void append(nb::handle layer) { add(*layers_, layer); }
  std::size_t size() const { return layers_->size(); }
  nb::object at(std::int64_t index) const {
    const auto count = static_cast<std::int64_t>(size());
    if (index < -count || index >= count) throw nb::index_error("there is no such layer");
    const auto place = static_cast<std::size_t>(index < 0 ? index + count : index);
    return static_cast<const SharedLayer&>((*layers_)[place]).owner();
  }
  nb::list layers() const {
    nb::list found;
    for (std::size_t i = 0; i < size(); ++i) found.append(at(static_cast<std::int64_t>(i)));
    return found;
  }

 private:
  static void add(nn::Sequential& sequential, nb::handle layer) {
    sequential.add(make_owned<SharedLayer>(nb::borrow(layer)));
  }
  nn::Sequential* layers_;
};

PythonLayer* python_layer(ModuleHolder& holder) {
  return dynamic_cast<PythonLayer*>(&holder.module());
}

void make_python_layer(ModuleHolder* self) {
  new (self) ModuleHolder(make_owned<PythonLayer>(*self));
}

void make_native_layer(ModuleHolder* self, const std::string& kind, const nb::dict& options,
                       const std::optional<Key>& key) {
  Owned<nn::Layer> layer = make_maker(nn::layer_kinds(), kind, options)->make();
  if (key) nn::initialize(*layer, *key);
  new (self) ModuleHolder(std::move(layer));
}

void set_plain(nb::handle self, nb::handle name, nb::handle value) {
  if (PyObject_GenericSetAttr(self.ptr(), name.ptr(), value.ptr()) != 0) throw nb::python_error();
}

void require_no_tensors_inside(nb::handle value) {
  if (!nb::isinstance<nb::list>(value) && !nb::isinstance<nb::tuple>(value)) return;
  for (const nb::handle part : nb::borrow<nb::iterable>(value)) {
    if (nb::isinstance<Tensor>(part)) {
      throw nb::type_error(
          "tensors in a list are not parameters: assign each to a member of its own");
    }
  }
}

void set_member(nb::handle self, nb::handle name, nb::handle value) {
  ModuleHolder& holder = holder_of(self);
  const auto text = nb::cast<std::string>(name);
  PythonLayer* layer = python_layer(holder);
  if (nb::isinstance<Tensor>(value)) {
    const Tensor& tensor = *nb::inst_ptr<Tensor>(value);
    if (layer) {
      layer->assign(text, tensor,
                    is_floating(tensor.dtype()) ? nn::Role::parameter : nn::Role::buffer);
      return;
    }
    Tensor* member = find_member(holder.module(), text);
    if (!member) throw nb::attribute_error(("the module has no tensor \"" + text + "\"").c_str());
    *member = tensor;
    return;
  }
  if (layer) {
    require_no_tensors_inside(value);
    layer->note(text);
  }
  set_plain(self, name, value);
}

nb::object get_member(nb::handle self, const std::string& name) {
  if (nb::isinstance<ModuleHolder>(self) && nb::inst_ready(self)) {
    Tensor* member = find_member(holder_of(self).module(), name);
    if (member) return nb::cast(*member);
  }
  const auto type = nb::cast<std::string>(self.type().attr("__name__"));
  throw nb::attribute_error((type + " has no attribute \"" + name + "\"").c_str());
}

void delete_member(nb::handle self, nb::handle name) {
  PythonLayer* layer = python_layer(holder_of(self));
  if (layer) {
    const auto text = nb::cast<std::string>(name);
    const bool is_tensor = find_member(*layer, text) != nullptr;
    layer->forget(text);
    if (is_tensor) return;
  }
  set_plain(self, name, nb::handle());
}

/// A module's call: model(x), model(x, context) or model(x, context=context).
nb::object call(nb::handle self, const nb::args& arguments, const nb::object& named_context) {
  ModuleHolder& holder = holder_of(self);
  nb::args inputs = arguments;
  nb::object context = named_context;
  const std::size_t count = arguments.size();
  if (count > 0 && nb::isinstance<nn::Context>(arguments[count - 1])) {
    context = arguments[count - 1];
    inputs = nb::steal<nb::args>(
        PyTuple_GetSlice(arguments.ptr(), 0, static_cast<Py_ssize_t>(count) - 1));
  }
  const nb::object given = context.is_none() ? nb::cast(nn::Context()) : context;
  if (const PythonLayer* layer = python_layer(holder)) return layer->call(inputs, given);
  if (inputs.size() != 1) throw nb::type_error("a layer takes one tensor, and a context");
  return nb::cast(holder.layer().forward(tensor_from(inputs[0]), nb::cast<nn::Context&>(given)));
}

nb::dict state(ModuleHolder& holder) {
  nb::dict values;
  for (const auto& [path, tensor] : nn::state(holder.module())) values[path.c_str()] = tensor;
  return values;
}

/// Takes paths of the module, or PyTorch's of a module of the same make.
void load_state(ModuleHolder& holder, const nb::dict& values) {
  nn::NamedTensors named;
  for (const auto& [path, value] : values) {
    named.emplace_back(nb::cast<std::string>(path), tensor_from(value));
  }
  nn::load_state(holder.module(), with_own_paths(holder.module(), std::move(named)));
}

nb::dict parameters(ModuleHolder& holder) {
  nb::dict values;
  for (const nn::Member& member : nn::parameters(holder.module())) {
    values[member.path.c_str()] = *member.tensor;
  }
  return values;
}

std::pair<Tensor, Tensors> value_and_grad(ModuleHolder& holder, const nb::object& function) {
  const nn::LossAndGradients found =
      nn::value_and_grad(holder.module(), [&] { return result_of<Tensor>(function, function()); });
  return {found.loss, found.gradients};
}

std::string table(ModuleHolder& holder, const Dims& input, DType dtype) {
  const auto rows = nn::describe(holder.layer(), Shape(input), dtype);
  return nn::to_table(rows);
}

template <class L>
nb::object run_recurrent(const L& layer, const Tensor& x, nn::Context& context, const Tensor& state,
                         const Tensor& lengths) {
  const nn::RecurrentResult found = layer.run(x, context, {.state = state, .lengths = lengths});
  return nb::make_tuple(found.sequence, found.last, found.state);
}

/// (sequence, last, state) of a recurrent layer; the state of an LSTM is a pair.
nb::object run(ModuleHolder& holder, const TensorLike& x, nn::Context& context,
               const nb::object& state, const std::optional<TensorLike>& lengths) {
  const Tensor steps = lengths ? lengths->tensor() : Tensor();
  if (const auto* lstm = dynamic_cast<const nn::LSTM*>(&holder.module())) {
    nn::LstmState start;
    if (!state.is_none()) start = {tensor_from(state[0]), tensor_from(state[1])};
    const nn::LstmOutput found = lstm->run(x, context, {.state = start, .lengths = steps});
    return nb::make_tuple(found.sequence, found.last,
                          nb::make_tuple(found.state.hidden, found.state.cell));
  }
  const Tensor start = state.is_none() ? Tensor() : tensor_from(state);
  if (const auto* gru = dynamic_cast<const nn::GRU*>(&holder.module())) {
    return run_recurrent(*gru, x, context, start, steps);
  }
  if (const auto* rnn = dynamic_cast<const nn::RNN*>(&holder.module())) {
    return run_recurrent(*rnn, x, context, start, steps);
  }
  throw nb::type_error("run() is for LSTM, GRU and RNN");
}

void bind_context(nb::module_& module) {
  nb::class_<nn::Context>(module, "Context",
                          "What a forward pass knows beside its input. The default is evaluation.")
      .def(
          "__init__",
          [](nn::Context* self, bool training, bool sampling, const std::optional<Key>& key) {
            new (self) nn::Context{.training = training, .sampling = sampling, .key = key};
          },
          nb::kw_only(), "training"_a = false, "sampling"_a = false, "key"_a = nb::none())
      .def_rw("training", &nn::Context::training)
      .def_rw("sampling", &nn::Context::sampling)
      .def("next_key", [](nn::Context& context, const std::string& layer) {
        return context.next_key(layer.c_str());
      });
}

void bind_holder(nb::module_& module) {
  nb::class_<ModuleHolder>(module, "Module", nb::dynamic_attr(), nb::is_weak_referenceable(),
                           "A part of a network. Subclasses assign tensors (parameters if they are "
                           "floating, else buffers) and modules to members, and define forward().")
      .def("__init__", &make_python_layer)
      .def("__init__", &make_native_layer, "kind"_a, "options"_a, "key"_a = nb::none())
      .def("__setattr__", &set_member)
      .def("__getattr__", &get_member)
      .def("__delattr__", &delete_member)
      .def("__call__", &call, "inputs"_a, "context"_a = nb::none(),
           "Calls forward(), with the context if it takes one; without a context in evaluation.")
      .def(
          "set_buffer",
          [](ModuleHolder& holder, const std::string& name, const Tensor& tensor) {
            PythonLayer* layer = python_layer(holder);
            if (!layer) throw nb::type_error("only modules written in Python get new members");
            layer->forget(name);
            layer->assign(name, tensor, nn::Role::buffer);
          },
          "name"_a, "tensor"_a, "Keeps a tensor that is saved, but not trained.")
      .def("parameters", &parameters, "The parameters by path, each once.")
      .def("state", &state, "Parameters and buffers by path.")
      .def("load_state", &load_state, "state"_a,
           "Gives every parameter and buffer the value of its path; all must be there and fit.")
      .def("parameter_count",
           [](ModuleHolder& holder) { return nn::parameter_count(holder.module()); })
      .def(
          "initialize_all",
          [](ModuleHolder& holder, const Key& key) { nn::initialize(holder.module(), key); },
          "key"_a, "Draws all parameters anew.")
      .def(
          "convert", [](ModuleHolder& holder, DType dtype) { nn::convert(holder.module(), dtype); },
          "dtype"_a, "Converts floating parameters and buffers.")
      .def_prop_ro("kind", [](ModuleHolder& holder) { return holder.layer().kind(); })
      .def_prop_ro("options",
                   [](ModuleHolder& holder) {
                     return read_options([&](nn::OptionVisitor& v) { holder.layer().fields(v); });
                   })
      .def(
          "own_tensors",
          [](ModuleHolder& holder) {
            const PythonLayer* layer = python_layer(holder);
            return layer ? layer->tensors() : nb::list();
          },
          "Name, value and whether it is a buffer, of the tensors of a module written in Python.");
  nb::class_<SequentialHolder, ModuleHolder>(module, "Sequential", nb::dynamic_attr(),
                                             "Layers one after the other.")
      .def(
          "__init__",
          [](SequentialHolder* self, const nb::args& layers) {
            new (self) SequentialHolder(SequentialHolder::of(layers));
          },
          "layers"_a)
      .def("append", &SequentialHolder::append, "layer"_a)
      .def_prop_ro("layers", &SequentialHolder::layers)
      .def("__len__", &SequentialHolder::size)
      .def("__getitem__", &SequentialHolder::at, "index"_a);
}

}  // namespace

nn::Layer& ModuleHolder::layer() {
  auto* layer = dynamic_cast<nn::Layer*>(module_.get());
  if (!layer) throw nb::type_error("the module is not a layer");
  return *layer;
}

ModuleHolder& holder_of(nb::handle object) {
  if (!nb::isinstance<ModuleHolder>(object) || !nb::inst_ready(object)) {
    throw nb::type_error("a module is wanted here (and its __init__ must have been called)");
  }
  return *nb::inst_ptr<ModuleHolder>(object);
}

nn::Module& module_of(nb::handle object) { return holder_of(object).module(); }

nn::Layer& layer_of(nb::handle object) { return holder_of(object).layer(); }

Tensor* find_member(nn::Module& module, std::string_view name) {
  MemberFinder finder(name);
  module.visit(finder);
  return finder.found;
}

void bind_modules(nb::module_& module) {
  bind_context(module);
  bind_holder(module);
  module.def("layer_kinds", [] { return describe_kinds(nn::layer_kinds()); });
  module.def("module_value_and_grad", &value_and_grad, "model"_a, "function"_a);
  module.def("describe", &table, "model"_a, "input"_a, "dtype"_a = DType::f32,
             "A row for each layer, as text: shapes, parameters, multiply-adds of one example.");
  module.def(
      "monte_carlo",
      [](nb::handle model, const TensorLike& x, int samples, const Key& key) {
        const nn::MonteCarloPrediction found = nn::monte_carlo(layer_of(model), x, samples, key);
        return nb::make_tuple(found.mean, found.deviation);
      },
      "model"_a, "x"_a, "samples"_a, "key"_a);
  module.def("run_recurrent", &run, "layer"_a, "x"_a, "context"_a, "state"_a = nb::none(),
             "lengths"_a = nb::none());
}

}  // namespace gradus::python
