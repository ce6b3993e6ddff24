#include "gradus/train/input_file.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"
#include "gradus/io/csv.h"
#include "gradus/io/npy.h"
#include "gradus/io/path_kind.h"
#include "gradus/io/png.h"
#include "gradus/ops/rearrange.h"

namespace gradus::train {
namespace {

std::string extension_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool ends_with(const Shape& shape, std::span<const std::int64_t> dims) {
  return static_cast<std::size_t>(shape.rank()) >= dims.size() &&
         std::equal(dims.begin(), dims.end(), shape.end() - dims.size());
}

/// Puts in the axis of the only channel where pictures come without it.
Tensor with_channel(const Tensor& values, const Shape& example) {
  if (example.rank() < 2 || example[0] != 1 || ends_with(values.shape(), example.dims())) {
    return values;
  }
  const std::span<const std::int64_t> picture(example.begin() + 1, example.end());
  if (!ends_with(values.shape(), picture)) return values;
  return expand_dims(values, -1 - static_cast<int>(picture.size()));
}

/// (rows, columns) -> (rows, ...) where a row holds as many values as an example.
Tensor rows_as_examples(const Tensor& rows, const Shape& example) {
  if (rows.dim(1) != example.size()) return rows;
  Dims dims{rows.dim(0)};
  dims.append(example.begin(), example.end());
  return reshape(rows, Shape(dims));
}

std::vector<std::string> names_without(const std::vector<std::string>& from,
                                       const std::vector<std::string>& in) {
  std::vector<std::string> rest;
  std::copy_if(from.begin(), from.end(), std::back_inserter(rest), [&](const std::string& name) {
    return std::find(in.begin(), in.end(), name) == in.end();
  });
  return rest;
}

/// The columns of a table in the order in which the data set has them. Throws Error if the header
/// has other names.
Tensor columns_by_name(const io::CsvTable& table, const std::vector<std::string>& wanted) {
  std::vector<std::string> given;
  for (const io::CsvColumn& column : table.columns) given.push_back(column.name);
  const std::vector<std::string> missing = names_without(wanted, given);
  std::vector<std::string> unknown = names_without(given, wanted);
  if (missing.empty() && unknown.empty()) return table.matrix(wanted);
  for (std::string& name : unknown) {
    const std::string nearest = nearest_name(name, missing);
    if (!nearest.empty()) name += fmt::format(" (did you mean {}?)", nearest);
  }
  std::string fault;
  if (!missing.empty()) fault += fmt::format("; missing: {}", fmt::join(missing, ", "));
  if (!unknown.empty()) fault += fmt::format("; unknown: {}", fmt::join(unknown, ", "));
  throw Error(ErrorCode::invalid_argument, "read_inputs",
              fmt::format("{}: the header does not name the columns that the model was trained "
                          "on{}",
                          table.file, fault));
}

/// Columns by name where both the file and the data set have names, else by place.
Tensor read_table(const std::string& path, const data::DataSetInfo& info) {
  const io::CsvTable table = io::read_csv(path);
  const bool by_name = table.has_header && !info.feature_names.empty();
  return rows_as_examples(by_name ? columns_by_name(table, info.feature_names) : table.matrix(),
                          info.input_shape);
}

/// Luma as ITU-R BT.601 weighs it.
float grey_of(const std::uint8_t* pixel) {
  return 0.299f * static_cast<float>(pixel[0]) + 0.587f * static_cast<float>(pixel[1]) +
         0.114f * static_cast<float>(pixel[2]);
}

/// u8 (height, width, channels) -> f32 (wanted, height, width).
Tensor as_planes(const Tensor& picture, std::int64_t wanted, double scale) {
  const std::int64_t pixels = picture.dim(0) * picture.dim(1);
  const std::int64_t channels = picture.dim(2);
  const bool is_grey = channels < 3;
  const auto* bytes = picture.data<std::uint8_t>().data();
  std::vector<float> planes(static_cast<std::size_t>(wanted * pixels));
  for (std::int64_t plane = 0; plane < wanted; ++plane) {
    for (std::int64_t i = 0; i < pixels; ++i) {
      const std::uint8_t* pixel = bytes + i * channels;
      const float value =
          !is_grey && wanted == 1 ? grey_of(pixel) : static_cast<float>(pixel[is_grey ? 0 : plane]);
      planes[static_cast<std::size_t>(plane * pixels + i)] = static_cast<float>(scale) * value;
    }
  }
  return Tensor::from(planes, {wanted, picture.dim(0), picture.dim(1)});
}

Tensor read_picture(const std::string& path, const data::DataSetInfo& info) {
  const Tensor picture = io::read_png(path);
  const std::int64_t channels = info.input_shape.rank() == 3 ? info.input_shape[0] : 0;
  if (info.pixel_maximum == 0 || (channels != 1 && channels != 3)) {
    throw Error(ErrorCode::unsupported, "read_inputs",
                fmt::format("{}: it is a picture, and the model takes examples of shape {}", path,
                            info.input_shape.to_string()));
  }
  return as_planes(picture, channels, info.pixel_maximum / 255);
}

}  // namespace

Tensor read_inputs(const std::string& path, const data::DataSetInfo& info) {
  const std::string extension = extension_of(path);
  if (extension == ".npy") return with_channel(io::read_npy(path), info.input_shape);
  if (extension == ".csv") return read_table(path, info);
  if (extension == ".png") return read_picture(path, info);
  const bool is_folder = io::kind_of_path("read_inputs", path) == io::PathKind::folder;
  throw Error(ErrorCode::unsupported, "read_inputs",
              fmt::format("{}: {}only .npy, .csv and .png files can be read", path,
                          is_folder ? "it is a folder; " : ""));
}

}  // namespace gradus::train
