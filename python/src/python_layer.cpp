#include "python_layer.h"

#include <utility>

#include <nanobind/stl/string.h>

#include "casters.h"
#include "modules.h"

namespace gradus::python {
namespace {

/// True if the class's forward() has an argument named "context".
bool takes_context(nb::handle self) {
  const nb::object forward = nb::getattr(self.type(), "forward", nb::none());
  const nb::object code = nb::getattr(forward, "__code__", nb::none());
  if (code.is_none()) return false;
  const nb::object names = code.attr("co_varnames");
  const auto count = nb::cast<std::size_t>(code.attr("co_argcount")) +
                     nb::cast<std::size_t>(code.attr("co_kwonlyargcount"));
  for (std::size_t i = 0; i < count; ++i) {
    if (nb::cast<std::string>(names[i]) == "context") return true;
  }
  return false;
}

nb::object deep_copy(nb::handle object) {
  return nb::module_::import_("copy").attr("deepcopy")(object);
}

}  // namespace

const PythonLayer::Object& PythonLayer::object() const {
  if (!object_) {
    const nb::handle self = nb::find(*holder_);
    object_ = {self, nb::cast<std::string>(self.type().attr("__name__")), takes_context(self)};
  }
  return *object_;
}

const char* PythonLayer::kind() const {
  const nb::gil_scoped_acquire locked;
  return object().kind.c_str();
}

PythonLayer::Member* PythonLayer::find(const std::string& name) {
  for (Member& member : members_) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

void PythonLayer::assign(const std::string& name, const Tensor& tensor, nn::Role role) {
  Member* member = find(name);
  if (!member) {
    members_.push_back({name, role, std::make_unique<Tensor>(tensor)});
  } else if (member->tensor) {
    *member->tensor = tensor;
  } else {
    member->role = role;
    member->tensor = std::make_unique<Tensor>(tensor);
  }
}

void PythonLayer::note(const std::string& name) {
  if (Member* member = find(name)) {
    member->tensor.reset();
  } else {
    members_.push_back({name, nn::Role::parameter, nullptr});
  }
}

bool PythonLayer::forget(const std::string& name) {
  return std::erase_if(members_, [&](const Member& member) { return member.name == name; }) > 0;
}

nb::list PythonLayer::tensors() const {
  nb::list found;
  for (const Member& member : members_) {
    if (!member.tensor) continue;
    found.append(nb::make_tuple(member.name, *member.tensor, member.role == nn::Role::buffer));
  }
  return found;
}

Tensor PythonLayer::forward(const Tensor& x, nn::Context& context) {
  const nb::gil_scoped_acquire locked;
  const nb::object forward = object().self.attr("forward");
  const nb::object result =
      object().takes_context
          ? forward(x, nb::arg("context") = nb::cast(&context, nb::rv_policy::reference))
          : forward(x);
  return result_of<Tensor>(forward, result);
}

nb::object PythonLayer::call(const nb::args& inputs, nb::handle context) const {
  const nb::object forward = object().self.attr("forward");
  if (!object().takes_context) return forward(*inputs);
  return forward(*inputs, nb::arg("context") = context);
}

Owned<nn::Layer> PythonLayer::clone() const {
  const nb::gil_scoped_acquire locked;
  return make_owned<SharedLayer>(deep_copy(object().self));
}

void PythonLayer::visit(nn::Visitor& v) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    if (!member.tensor) {
      const nb::gil_scoped_acquire locked;
      const nb::object attributes = object().self.attr("__dict__");
      visit_object(v, member.name, attributes.attr("get")(member.name));
    } else if (member.role == nn::Role::buffer) {
      v.buffer(member.name, *member.tensor);
    } else {
      v(member.name, *member.tensor);
    }
  }
}

void PythonLayer::visit_object(nn::Visitor& v, const std::string& name, nb::handle value) {
  if (nb::isinstance<ModuleHolder>(value)) {
    v(name, module_of(value));
  } else if (nb::isinstance<nb::dict>(value)) {
    v.enter(name);
    for (const auto& [key, part] : nb::borrow<nb::dict>(value)) {
      visit_object(v, nb::cast<std::string>(nb::str(key)), part);
    }
    v.leave();
  } else if (nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value)) {
    v.enter(name);
    std::size_t place = 0;
    for (const nb::handle part : nb::borrow<nb::iterable>(value)) {
      visit_object(v, std::to_string(place++), part);
    }
    v.leave();
  }
}

void PythonLayer::initialize(const Key& key) {
  const nb::gil_scoped_acquire locked;
  if (nb::hasattr(object().self.type(), "initialize")) object().self.attr("initialize")(key);
}

SharedLayer::SharedLayer(const nb::object& owner) : owner_(owner), layer_(&layer_of(owner)) {}

Owned<nn::Layer> SharedLayer::clone() const {
  const nb::gil_scoped_acquire locked;
  return make_owned<SharedLayer>(deep_copy(*owner_));
}

}  // namespace gradus::python
