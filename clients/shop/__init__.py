from .add_to_cart import (
    AddToCart,
    AddToCartAddToCart,
    AddToCartAddToCartCart,
    AddToCartAddToCartCartLines,
    AddToCartAddToCartCartLinesPrice,
    AddToCartAddToCartCartTotal,
    AddToCartAddToCartUserErrors,
)
from .base_client import BaseClient
from .base_model import BaseModel
from .checkout import (
    Checkout,
    CheckoutCheckout,
    CheckoutCheckoutOrder,
    CheckoutCheckoutOrderInvoice,
    CheckoutCheckoutOrderTotal,
    CheckoutCheckoutUserErrors,
)
from .client import Shop
from .create_user import (
    CreateUser,
    CreateUserCreateUser,
    CreateUserCreateUserUser,
    CreateUserCreateUserUserErrors,
)
from .enums import InvoiceStatus, OrderStatus, Role, UserErrorCode
from .exceptions import (
    GraphQLClientError,
    GraphQLClientGraphQLError,
    GraphQLClientGraphQLMultiError,
    GraphQLClientHttpError,
    GraphQLClientInvalidResponseError,
)
from .fragments import Price, Problem
from .input_types import (
    AddressInput,
    AddToCartInput,
    CheckoutInput,
    CreateUserInput,
    MoneyInput,
    PayInvoiceInput,
    ProductFilter,
)
from .orders import (
    Orders,
    OrdersOrders,
    OrdersOrdersNodes,
    OrdersOrdersNodesInvoice,
    OrdersOrdersNodesLines,
    OrdersOrdersNodesTotal,
    OrdersOrdersPageInfo,
)
from .pay_invoice import (
    PayInvoice,
    PayInvoicePayInvoice,
    PayInvoicePayInvoiceInvoice,
    PayInvoicePayInvoiceUserErrors,
)
from .products import (
    Products,
    ProductsProducts,
    ProductsProductsNodes,
    ProductsProductsNodesPrice,
    ProductsProductsPageInfo,
)

__all__ = [
    "AddToCart",
    "AddToCartAddToCart",
    "AddToCartAddToCartCart",
    "AddToCartAddToCartCartLines",
    "AddToCartAddToCartCartLinesPrice",
    "AddToCartAddToCartCartTotal",
    "AddToCartAddToCartUserErrors",
    "AddToCartInput",
    "AddressInput",
    "BaseClient",
    "BaseModel",
    "Checkout",
    "CheckoutCheckout",
    "CheckoutCheckoutOrder",
    "CheckoutCheckoutOrderInvoice",
    "CheckoutCheckoutOrderTotal",
    "CheckoutCheckoutUserErrors",
    "CheckoutInput",
    "CreateUser",
    "CreateUserCreateUser",
    "CreateUserCreateUserUser",
    "CreateUserCreateUserUserErrors",
    "CreateUserInput",
    "GraphQLClientError",
    "GraphQLClientGraphQLError",
    "GraphQLClientGraphQLMultiError",
    "GraphQLClientHttpError",
    "GraphQLClientInvalidResponseError",
    "InvoiceStatus",
    "MoneyInput",
    "OrderStatus",
    "Orders",
    "OrdersOrders",
    "OrdersOrdersNodes",
    "OrdersOrdersNodesInvoice",
    "OrdersOrdersNodesLines",
    "OrdersOrdersNodesTotal",
    "OrdersOrdersPageInfo",
    "PayInvoice",
    "PayInvoiceInput",
    "PayInvoicePayInvoice",
    "PayInvoicePayInvoiceInvoice",
    "PayInvoicePayInvoiceUserErrors",
    "Price",
    "Problem",
    "ProductFilter",
    "Products",
    "ProductsProducts",
    "ProductsProductsNodes",
    "ProductsProductsNodesPrice",
    "ProductsProductsPageInfo",
    "Role",
    "Shop",
    "UserErrorCode",
]
