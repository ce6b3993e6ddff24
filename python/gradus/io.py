"""File formats: safetensors, .npy and .npz, CSV, IDX, PNG, data frames of R.

Files are read with distrust: sizes are checked before memory is taken, and an error names the file
and the place. Files are written beside their target and renamed.
"""

from ._core._io import (  # noqa: F401
    CsvTable,
    encode_png,
    parse_safetensors,
    read_csv,
    read_idx,
    read_npy,
    read_npz,
    read_png,
    read_r_data,
    read_safetensors,
    write_npy,
    write_npz,
    write_png,
    write_safetensors,
)
