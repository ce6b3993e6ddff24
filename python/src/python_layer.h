#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callback.h"
#include "gradus/nn/layer.h"

namespace gradus::python {

class ModuleHolder;

/// A layer that is written in Python. Tensors that are assigned to the Python object lie here: the
/// library replaces them, and a tensor that was read from the object stays what it was. Modules lie
/// in the object itself, alone or in lists, tuples and dictionaries.
class PythonLayer final : public nn::Layer {
 public:
  /// `holder` is what the Python object is made of, while its constructor is under way.
  explicit PythonLayer(const ModuleHolder& holder) : holder_(&holder) {}

  /// Gives the member `name` a value: a tensor is kept here, as a parameter if it is floating.
  void assign(const std::string& name, const Tensor& tensor, nn::Role role);
  /// Notes that the object's attribute `name` may hold modules.
  void note(const std::string& name);
  /// Forgets a member; false if there is none of that name.
  bool forget(const std::string& name);
  /// Names and roles of the tensors, in order.
  nb::list tensors() const;

  const char* kind() const override;
  Tensor forward(const Tensor& x, nn::Context& context) override;
  Owned<nn::Layer> clone() const override;
  void visit(nn::Visitor& v) override;
  void initialize(const Key& key) override;

  /// Calls the Python object's forward(), with the context if it takes one.
  nb::object call(const nb::args& inputs, nb::handle context) const;

 private:
  struct Member {
    std::string name;
    nn::Role role;
    std::unique_ptr<Tensor> tensor;  // stays where it is; none: look at the object
  };
  /// What is looked up once, when the object is complete. Needs the interpreter lock.
  struct Object {
    nb::handle self;
    std::string kind;
    bool takes_context;
  };
  const Object& object() const;
  Member* find(const std::string& name);
  void visit_object(nn::Visitor& v, const std::string& name, nb::handle value);

  const ModuleHolder* holder_;
  mutable std::optional<Object> object_;
  std::vector<Member> members_;
};

/// A layer that belongs to a Python object, in a Sequential of the library.
class SharedLayer final : public nn::Layer {
 public:
  explicit SharedLayer(const nb::object& owner);

  const nb::object& owner() const { return *owner_; }

  const char* kind() const override { return layer_->kind(); }
  Tensor forward(const Tensor& x, nn::Context& context) override {
    return layer_->forward(x, context);
  }
  Owned<nn::Layer> clone() const override;
  const nn::Layer& inner() const override { return layer_->inner(); }
  void fields(nn::OptionVisitor& v) override { layer_->fields(v); }
  void visit(nn::Visitor& v) override { layer_->visit(v); }
  void initialize(const Key& key) override { layer_->initialize(key); }

 private:
  HeldObject owner_;
  nn::Layer* layer_;
};

}  // namespace gradus::python
