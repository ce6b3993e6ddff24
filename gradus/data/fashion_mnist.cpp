#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/core/array.h"
#include "gradus/data/package_files.h"
#include "gradus/data/sources.h"
#include "gradus/io/idx.h"

namespace gradus::data {
namespace {

constexpr std::int64_t kSide = 28;

TensorDataset load_part(const DataSetSource& source, std::size_t images_file,
                        std::size_t labels_file) {
  const auto path_of = [&](std::size_t file) {
    return package_file(source.info.name, source.info.package, source.files[file]);
  };
  const std::string images_path = path_of(images_file);
  const std::string labels_path = path_of(labels_file);
  const Tensor images = io::read_idx(images_path);
  const Tensor labels = io::read_idx(labels_path);
  const auto refuse = [](const std::string& path, const std::string& what) {
    throw Error(ErrorCode::format, "load", path + ": " + what);
  };
  if (images.dtype() != DType::u8 || images.rank() != 3 || images.shape()[1] != kSide ||
      images.shape()[2] != kSide) {
    refuse(images_path, "it holds " + images.signature() + ", not u8[examples, 28, 28]");
  }
  if (labels.dtype() != DType::u8 || labels.rank() != 1) {
    refuse(labels_path, "it holds " + labels.signature() + ", not u8[examples]");
  }
  if (labels.size() != images.shape()[0]) {
    refuse(labels_path,
           fmt::format("it holds {} labels for {} images", labels.size(), images.shape()[0]));
  }
  Array pictures = images.array();
  pictures.shape = {images.shape()[0], 1, kSide, kSide};
  pictures.strides = row_major(pictures.shape);
  return TensorDataset(Tensor::from_array(std::move(pictures)),
                       checked_labels(labels_path, labels, source.info.classes()));
}

LoadedDataSet load_fashion_mnist(const DataSetSource& source) {
  return {source.info, load_part(source, 0, 1), load_part(source, 2, 3)};
}

}  // namespace

DataSetSource fashion_mnist_source() {
  const std::string folder = "share/datasets/fashion-mnist/";
  return {.info = {.name = "fashion-mnist",
                   .description = "Articles of clothing, 28 by 28 pixels, grey (Xiao et al. 2017)",
                   .package = "dataset-fashion-mnist",
                   .task = Task::classification,
                   .input_shape = {1, kSide, kSide},
                   .pixel_maximum = 255,
                   .train_count = 60'000,
                   .test_count = 10'000,
                   .class_names = {"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal",
                                   "shirt", "sneaker", "bag", "ankle boot"},
                   .feature_names = {}},
          .files = {folder + "train-images-idx3-ubyte.gz", folder + "train-labels-idx1-ubyte.gz",
                    folder + "t10k-images-idx3-ubyte.gz", folder + "t10k-labels-idx1-ubyte.gz"},
          .load = &load_fashion_mnist};
}

}  // namespace gradus::data
