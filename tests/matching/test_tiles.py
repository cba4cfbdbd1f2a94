"""Products with weights in tiles."""

import numpy as np
import pytest

from bot.matching.tiles import products, tiled


@pytest.mark.parametrize("rows", [0, 1, 2, 24, 25, 700])
def test_the_product_is_that_of_the_whole_matrix_however_many_rows_there_are(rows: int) -> None:
    random = np.random.default_rng(rows)
    some, weights = random.random((rows, 1280), np.float32), random.random((1280, 640), np.float32)

    np.testing.assert_allclose(products(some, tiled(weights)), some @ weights, rtol=1e-5)


def test_rows_may_be_columns_of_a_larger_array() -> None:
    random = np.random.default_rng(1)
    larger, weights = random.random((30, 3, 256), np.float32), random.random((256, 512), np.float32)

    np.testing.assert_allclose(products(larger[:, 1], tiled(weights)), larger[:, 1] @ weights, rtol=1e-5)
