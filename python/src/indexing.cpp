#include "indexing.h"

#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include "arrays.h"
#include "casters.h"
#include "evaluation.h"
#include "examples.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "module.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// How many axes of the indexed tensor a part of a key takes.
std::size_t axes_of(nb::handle part) {
  if (part.is_none() || part.is(Py_Ellipsis)) return 0;
  if (nb::isinstance<Tensor>(part)) {
    const Tensor& index = *nb::inst_ptr<Tensor>(part);
    return index.dtype() == DType::boolean ? static_cast<std::size_t>(index.rank()) : 1;
  }
  return 1;
}

std::int64_t bound(PyObject* value) {
  if (value == Py_None) return Range::kOpen;
  const Py_ssize_t place = PyNumber_AsSsize_t(value, nullptr);  // clips
  if (place == -1 && PyErr_Occurred()) throw nb::python_error();
  // The open bound is the largest integer: a slice that ends there ends at the last element.
  return place == Range::kOpen ? place - 1 : place;
}

Range range_of(nb::handle slice) {
  auto* const parts = reinterpret_cast<PySliceObject*>(slice.ptr());
  const std::int64_t step = bound(parts->step);
  return {bound(parts->start), bound(parts->stop), step == Range::kOpen ? 1 : step};
}

std::int64_t place_of(nb::handle index) {
  const Py_ssize_t place = PyNumber_AsSsize_t(index.ptr(), PyExc_IndexError);
  if (place == -1 && PyErr_Occurred()) throw nb::python_error();
  return place;
}

/// A key read from left to right. Slices, integers and new axes are views; what tensors choose is
/// gathered at the end.
class Subscript {
 public:
  explicit Subscript(const Tensor& x) : result_(x) {}

  void ellipsis(std::size_t axes) { axis_ += static_cast<int>(axes); }
  void new_axis() { result_ = expand_dims(result_, axis_++); }
  void slice(const Range& range) { result_ = gradus::slice(result_, axis_++, range); }
  void integer(std::int64_t place) { result_ = select(result_, axis_, place); }
  void indices(const Tensor& index) {
    if (index.dtype() == DType::boolean) {
      require_mask(index);
      for (Tensor& places : nonzero(index)) chosen_.push_back({axis_++, std::move(places)});
      if (index.rank() == 0) {
        throw Error(ErrorCode::unsupported, "index", "a 0-d boolean tensor is not an index");
      }
    } else if (is_integer(index.dtype())) {
      chosen_.push_back({axis_++, cast(index, DType::i64)});
    } else {
      throw Error(ErrorCode::dtype, "index",
                  "tensors that index are integer or boolean, not " + index.signature());
    }
  }

  Tensor result() const {
    if (chosen_.empty()) return result_;
    if (chosen_.size() == 1) return take(result_, chosen_[0].places, chosen_[0].axis);
    return gathered();
  }

 private:
  struct Choice {
    int axis;
    Tensor places;  // i64
  };

  void require_mask(const Tensor& mask) const {
    for (int i = 0; i < mask.rank(); ++i) {
      if (axis_ + i >= result_.rank() || mask.shape()[i] != result_.shape()[axis_ + i]) {
        throw Error(ErrorCode::index, "index", "a mask does not fit the axes that it chooses from",
                    {result_.shape(), mask.shape()});
      }
    }
  }

  /// Several axes are one axis of their product, and several places one place in it.
  Tensor gathered() const {
    Tensor place = Tensor(std::int64_t{0});
    Dims order;
    std::int64_t product = 1;
    for (const Choice& choice : chosen_) {
      const std::int64_t extent = result_.shape()[choice.axis];
      place = place * Tensor(extent) + wrapped(choice.places, extent);
      product *= extent;
      order.push_back(choice.axis);
    }
    Dims merged{product};
    for (int axis = 0; axis < result_.rank(); ++axis) {
      if (is_chosen(axis)) continue;
      order.push_back(axis);
      merged.push_back(result_.shape()[axis]);
    }
    const Tensor found = take(reshape(transpose(result_, order), merged), place, 0);
    return moved_to(found, place.rank(), are_neighbours() ? chosen_[0].axis : 0);
  }

  static Tensor wrapped(const Tensor& places, std::int64_t extent) {
    const Tensor last(extent - 1), first(-extent);
    const Tensor outside = logical_or(greater(places, last), less(places, first));
    for (const std::uint8_t is_outside : cast(evaluated(outside), DType::u8).to_vector<std::uint8_t>()) {
      if (is_outside) {
        throw Error(ErrorCode::index, "index",
                    "an index is out of range for an axis of " + std::to_string(extent));
      }
    }
    return where(less(places, Tensor(std::int64_t{0})), places + Tensor(extent), places);
  }

  bool is_chosen(int axis) const {
    for (const Choice& choice : chosen_) {
      if (choice.axis == axis) return true;
    }
    return false;
  }
  bool are_neighbours() const {
    for (std::size_t i = 1; i < chosen_.size(); ++i) {
      if (chosen_[i].axis != chosen_[i - 1].axis + 1) return false;
    }
    return true;
  }
  /// The first `count` axes of x, behind those that come before `axis`.
  static Tensor moved_to(const Tensor& x, int count, int axis) {
    Dims order;
    for (int i = 0; i < axis; ++i) order.push_back(count + i);
    for (int i = 0; i < count; ++i) order.push_back(i);
    for (int i = count + axis; i < x.rank(); ++i) order.push_back(i);
    return transpose(x, order);
  }

  Tensor result_;
  int axis_ = 0;  // of result_, that the next part takes
  SmallVector<Choice, 2> chosen_;
};

void read_part(Subscript& subscript, nb::handle part, std::size_t axes_of_ellipsis) {
  if (part.is_none()) {
    subscript.new_axis();
  } else if (part.is(Py_Ellipsis)) {
    subscript.ellipsis(axes_of_ellipsis);
  } else if (PySlice_Check(part.ptr())) {
    subscript.slice(range_of(part));
  } else if (nb::isinstance<Tensor>(part)) {
    subscript.indices(*nb::inst_ptr<Tensor>(part));
  } else if (PyIndex_Check(part.ptr()) && !PyBool_Check(part.ptr())) {
    subscript.integer(place_of(part));
  } else {
    subscript.indices(tensor_from(part));
  }
}

/// A key as a tuple of parts; lists and arrays have become tensors.
nb::object parts_of(nb::handle key) {
  if (!PyTuple_Check(key.ptr())) return nb::make_tuple(key);
  return nb::borrow(key);
}

}  // namespace

Tensor element_at(const Tensor& x, nb::handle key) {
  const nb::object parts = parts_of(key);
  std::size_t taken = 0, ellipses = 0;
  for (const nb::handle part : nb::borrow<nb::tuple>(parts)) {
    taken += axes_of(part);
    ellipses += part.is(Py_Ellipsis);
  }
  const auto rank = static_cast<std::size_t>(x.rank());
  if (ellipses > 1 || taken > rank) {
    throw Error(ErrorCode::index, "index",
                ellipses > 1 ? "an index has one ellipsis at most"
                             : std::to_string(taken) + " indices are too many",
                {x.shape()});
  }
  Subscript subscript(x);
  for (const nb::handle part : nb::borrow<nb::tuple>(parts)) read_part(subscript, part, rank - taken);
  return subscript.result();
}

nb::object iterator_over(const Tensor& x) {
  if (x.rank() == 0) throw nb::type_error("a 0-d tensor has no parts to go over");
  nb::list parts;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) parts.append(nb::cast(select(x, 0, i)));
  return nb::steal(PyObject_GetIter(parts.ptr()));
}

Tensors nonzero(const Tensor& x) {
  const Tensor flags = evaluated(not_equal(x, zeros_like(x)));
  const std::vector<std::uint8_t> is_set = evaluated(cast(flags, DType::u8)).to_vector<std::uint8_t>();
  std::vector<std::vector<std::int64_t>> places(static_cast<std::size_t>(x.rank()));
  for (std::size_t i = 0; i < is_set.size(); ++i) {
    if (!is_set[i]) continue;
    auto rest = static_cast<std::int64_t>(i);
    for (int axis = x.rank() - 1; axis >= 0; --axis) {
      places[static_cast<std::size_t>(axis)].push_back(rest % x.shape()[axis]);
      rest /= x.shape()[axis];
    }
  }
  Tensors found;
  for (const std::vector<std::int64_t>& of_axis : places) found.push_back(Tensor::from(of_axis));
  return found;
}

void bind_indexing(nb::module_& module) {
  module.def("nonzero", [](const TensorLike& x) { return nb::tuple(nb::cast(nonzero(x))); }, "x"_a,
             "The places of the elements that are not zero: i64 (count) for each axis. Evaluates.");
  module.def(
      "take",
      [](const TensorLike& x, const TensorLike& indices, int axis) {
        return take(x, indices, axis);
      },
      "x"_a, "indices"_a, "axis"_a = 0, documented(kTake).c_str());
  module.def(
      "take_along_axis",
      [](const TensorLike& x, const TensorLike& indices, int axis) {
        return take_along_axis(x, indices, axis);
      },
      "x"_a, "indices"_a, "axis"_a, documented(kTakeAlongAxis).c_str());
  module.def(
      "scatter_add",
      [](const TensorLike& x, const TensorLike& indices, const TensorLike& updates, int axis) {
        return scatter_add(x, indices, updates, axis);
      },
      "x"_a, "indices"_a, "updates"_a, "axis"_a = 0, documented(kScatterAdd).c_str());
  module.def(
      "scatter_add_along_axis",
      [](const TensorLike& x, const TensorLike& indices, const TensorLike& updates, int axis) {
        return scatter_add_along_axis(x, indices, updates, axis);
      },
      "x"_a, "indices"_a, "updates"_a, "axis"_a, documented(kScatterAddAlongAxis).c_str());
  module.def(
      "one_hot",
      [](const TensorLike& indices, std::int64_t classes, DType dtype) {
        return one_hot(indices, classes, dtype);
      },
      "indices"_a, "classes"_a, "dtype"_a = DType::f32, documented(kOneHot).c_str());
  nb::enum_<Order>(module, "Order", "Which way a sort goes.")
      .value("ascending", Order::ascending)
      .value("descending", Order::descending);
  const auto pair = [](Sorted sorted) {
    return std::pair(std::move(sorted.values), std::move(sorted.indices));
  };
  module.def(
      "sort",
      [pair](const TensorLike& x, int axis, Order order) { return pair(sort(x, axis, order)); },
      "x"_a, "axis"_a = -1, "order"_a = Order::ascending, documented(kSort).c_str());
  module.def(
      "argsort", [](const TensorLike& x, int axis, Order order) { return argsort(x, axis, order); },
      "x"_a, "axis"_a = -1, "order"_a = Order::ascending,
      "The places of the sorted elements: the second result of sort(). (...) -> i64 (...)");
  module.def(
      "top_k",
      [pair](const TensorLike& x, std::int64_t k, int axis) { return pair(top_k(x, k, axis)); },
      "x"_a, "k"_a, "axis"_a = -1, documented(kTopK).c_str());
}

}  // namespace gradus::python
