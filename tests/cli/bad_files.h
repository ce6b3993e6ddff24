#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradus::cli {

/// A file that breaks a rule of its format.
struct BadFile {
  std::string fault;     ///< the rule, in words
  std::string contents;  ///< of the whole file
  std::string place;     ///< what the message must name, beside the file
};

/// One safetensors file for each thing that a reader must refuse.
std::vector<BadFile> bad_safetensors();

/// A safetensors file: the length of the header, the header, the data.
std::string safetensors(const std::string& header, const std::string& data);

/// `text` compressed as gzip does.
std::string gzip(const std::string& text);

/// An IDX file of bytes: magic number, extents, elements.
std::string idx(const std::vector<std::uint32_t>& extents, const std::string& elements);

}  // namespace gradus::cli
