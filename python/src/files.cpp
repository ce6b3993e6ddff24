#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "evaluation.h"
#include "gradus/io/csv.h"
#include "gradus/io/idx.h"
#include "gradus/io/npy.h"
#include "gradus/io/npz.h"
#include "gradus/io/png.h"
#include "gradus/io/r_data.h"
#include "gradus/io/safetensors.h"
#include "module.h"
#include "tensor_like.h"

// File formats. Reading goes on without the interpreter lock.

namespace gradus::python {
namespace {

using namespace nb::literals;

/// A path of any kind that Python has.
std::string path_of(nb::handle path) {
  const nb::object text = nb::steal(PyOS_FSPath(path.ptr()));
  if (!text.is_valid()) throw nb::python_error();
  return nb::cast<std::string>(text);
}

template <class F>
auto reading(F&& f) {
  const nb::gil_scoped_release released;
  return f();
}

nb::dict dictionary_of(const io::NamedTensors& tensors) {
  nb::dict values;
  for (const auto& [name, tensor] : tensors) values[name.c_str()] = tensor;
  return values;
}

io::NamedTensors named_tensors(const nb::dict& tensors) {
  io::NamedTensors named;
  for (const auto& [name, value] : tensors) {
    named.emplace_back(nb::cast<std::string>(name), evaluated(tensor_from(value)));
  }
  return named;
}

nb::tuple contents(const io::Safetensors& file) {
  nb::dict metadata;
  for (const auto& [name, text] : file.metadata) metadata[name.c_str()] = text;
  return nb::make_tuple(dictionary_of(file.tensors), metadata);
}

io::Metadata metadata_of(const std::optional<nb::dict>& texts) {
  io::Metadata metadata;
  if (!texts) return metadata;
  for (const auto& [name, text] : *texts) {
    metadata.set(nb::cast<std::string>(name), nb::cast<std::string>(text));
  }
  return metadata;
}

io::FileBytes bytes_of(const nb::bytes& bytes) {
  return io::copy_bytes("bytes", {static_cast<const std::byte*>(bytes.data()), bytes.size()});
}

void bind_safetensors(nb::module_& module) {
  module.def(
      "read_safetensors",
      [](nb::handle path) {
        const std::string file = path_of(path);
        return contents(reading([&] { return io::read_safetensors(file); }));
      },
      "path"_a, "Tensors and metadata of a safetensors file, two dictionaries.");
  module.def(
      "parse_safetensors",
      [](const nb::bytes& bytes) { return contents(io::parse_safetensors(bytes_of(bytes))); },
      "bytes"_a, "As read_safetensors, of the bytes of a file.");
  module.def(
      "write_safetensors",
      [](nb::handle path, const nb::dict& tensors, const std::optional<nb::dict>& metadata) {
        const std::string file = path_of(path);
        const io::Safetensors written{named_tensors(tensors), metadata_of(metadata)};
        reading([&] { io::write_safetensors(file, written); });
      },
      "path"_a, "tensors"_a, "metadata"_a = nb::none(), "Writes tensors, atomically.");
}

void bind_numpy_files(nb::module_& module) {
  module.def(
      "read_npy",
      [](nb::handle path) {
        const std::string file = path_of(path);
        return reading([&] { return io::read_npy(file); });
      },
      "path"_a);
  module.def(
      "write_npy",
      [](nb::handle path, const TensorLike& tensor) {
        io::write_npy(path_of(path), evaluated(tensor.tensor()));
      },
      "path"_a, "tensor"_a);
  module.def(
      "read_npz",
      [](nb::handle path) {
        const std::string file = path_of(path);
        return dictionary_of(reading([&] { return io::read_npz(file); }));
      },
      "path"_a);
  module.def(
      "write_npz",
      [](nb::handle path, const nb::dict& tensors, bool compressed) {
        using Compression = io::NpzOptions::Compression;
        io::write_npz(path_of(path), named_tensors(tensors),
                      {compressed ? Compression::deflated : Compression::stored});
      },
      "path"_a, "tensors"_a, nb::kw_only(), "compressed"_a = false);
}

void bind_pictures(nb::module_& module) {
  module.def(
      "read_idx",
      [](nb::handle path) {
        const std::string file = path_of(path);
        return reading([&] { return io::read_idx(file); });
      },
      "path"_a, "Reads an IDX file, the format of MNIST.");
  module.def(
      "read_png", [](nb::handle path) { return io::read_png(path_of(path)); }, "path"_a,
      "A PNG picture: u8 (height, width, channels).");
  module.def(
      "write_png",
      [](nb::handle path, const TensorLike& picture) { io::write_png(path_of(path), picture); },
      "path"_a, "picture"_a);
  module.def(
      "encode_png",
      [](const TensorLike& picture) {
        const std::string bytes = io::encode_png(picture);
        return nb::bytes(bytes.data(), bytes.size());
      },
      "picture"_a, "The bytes of a PNG file.");
}

nb::dict column_of(const io::CsvColumn& column) {
  nb::dict found;
  found["name"] = column.name;
  const bool is_numeric = column.kind == io::CsvColumn::Kind::numeric;
  found["kind"] = is_numeric ? "numeric" : "categorical";
  found["values"] = is_numeric ? Tensor::from(column.numbers) : Tensor::from(column.codes);
  found["categories"] = column.categories;
  return found;
}

void bind_csv(nb::module_& module) {
  nb::class_<io::CsvTable>(module, "CsvTable")
      .def_ro("rows", &io::CsvTable::rows)
      .def_prop_ro("columns",
                   [](const io::CsvTable& table) {
                     nb::list names;
                     for (const io::CsvColumn& column : table.columns) names.append(column.name);
                     return names;
                   })
      .def(
          "column",
          [](const io::CsvTable& table, const std::string& name) {
            return column_of(table.column(name));
          },
          "name"_a, "Name, kind, values (codes of a categorical column) and categories.")
      .def(
          "matrix",
          [](const io::CsvTable& table, const std::vector<std::string>& names, bool keep_missing) {
            return table.matrix(names, keep_missing ? io::Missing::keep : io::Missing::refuse);
          },
          "names"_a = std::vector<std::string>(), nb::kw_only(), "keep_missing"_a = false,
          "Numeric columns side by side: f32 (rows, columns).");
  module.def(
      "read_csv",
      [](nb::handle path, const std::string& delimiter, std::int64_t skip_rows) {
        if (delimiter.size() != 1) throw nb::value_error("the delimiter is one character");
        const std::string file = path_of(path);
        const io::CsvOptions options{.delimiter = delimiter[0], .skip_rows = skip_rows};
        return reading([&] { return io::read_csv(file, options); });
      },
      "path"_a, "delimiter"_a = ",", "skip_rows"_a = 0, "Reads comma-separated values.");
  module.def(
      "read_r_data",
      [](nb::handle path, const std::string& object) {
        const std::string file = path_of(path);
        return reading([&] { return io::read_r_data(file, object); });
      },
      "path"_a, "object"_a, "Reads a data frame from a file of R's save() (.rda).");
}

}  // namespace

void bind_files(nb::module_& module) {
  bind_safetensors(module);
  bind_numpy_files(module);
  bind_pictures(module);
  bind_csv(module);
}

}  // namespace gradus::python
