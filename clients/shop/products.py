from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Price


class Products(BaseModel):
    products: "ProductsProducts"


class ProductsProducts(BaseModel):
    nodes: list["ProductsProductsNodes"]
    page_info: "ProductsProductsPageInfo" = Field(alias="pageInfo")


class ProductsProductsNodes(BaseModel):
    product_id: str = Field(alias="productId")
    title: str
    price: "ProductsProductsNodesPrice"


ProductsProductsNodesPrice = Price


class ProductsProductsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


Products.model_rebuild()
ProductsProducts.model_rebuild()
ProductsProductsNodes.model_rebuild()
