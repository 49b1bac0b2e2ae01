from typing import Any, Optional, Union

from .add_to_cart import AddToCart
from .base_client import BaseClient
from .base_model import UNSET, UnsetType
from .checkout import Checkout
from .create_user import CreateUser
from .input_types import (
    AddToCartInput,
    CheckoutInput,
    CreateUserInput,
    PayInvoiceInput,
    ProductFilter,
)
from .orders import Orders
from .pay_invoice import PayInvoice
from .products import Products


def gql(q: str) -> str:
    return q


class Shop(BaseClient):
    def add_to_cart(self, input: AddToCartInput, **kwargs: Any) -> AddToCart:
        query = gql("""
            mutation AddToCart($input: AddToCartInput!) {
              addToCart(input: $input) {
                cart {
                  lines {
                    quantity
                    price {
                      ...Price
                    }
                  }
                  total {
                    ...Price
                  }
                }
                userErrors {
                  ...Problem
                }
              }
            }

            fragment Price on Money {
              amount
              currency
            }

            fragment Problem on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="AddToCart", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return AddToCart.model_validate(data)

    def checkout(self, input: CheckoutInput, **kwargs: Any) -> Checkout:
        query = gql("""
            mutation Checkout($input: CheckoutInput!) {
              checkout(input: $input) {
                order {
                  id
                  number
                  status
                  total {
                    ...Price
                  }
                  invoice {
                    id
                    status
                  }
                }
                userErrors {
                  ...Problem
                }
              }
            }

            fragment Price on Money {
              amount
              currency
            }

            fragment Problem on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="Checkout", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Checkout.model_validate(data)

    def pay_invoice(self, input: PayInvoiceInput, **kwargs: Any) -> PayInvoice:
        query = gql("""
            mutation PayInvoice($input: PayInvoiceInput!) {
              payInvoice(input: $input) {
                invoice {
                  number
                  status
                  paidAt
                }
                userErrors {
                  ...Problem
                }
              }
            }

            fragment Problem on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="PayInvoice", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return PayInvoice.model_validate(data)

    def orders(
        self,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Orders:
        query = gql("""
            query Orders($first: Int, $after: String) {
              orders(first: $first, after: $after) {
                nodes {
                  number
                  status
                  placedAt
                  lines {
                    title
                    quantity
                  }
                  total {
                    ...Price
                  }
                  invoice {
                    status
                    paidAt
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment Price on Money {
              amount
              currency
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = self.execute(
            query=query, operation_name="Orders", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Orders.model_validate(data)

    def create_user(self, input: CreateUserInput, **kwargs: Any) -> CreateUser:
        query = gql("""
            mutation CreateUser($input: CreateUserInput!) {
              createUser(input: $input) {
                user {
                  id
                  subject
                  displayName
                  roles
                  createdAt
                }
                userErrors {
                  ...Problem
                }
              }
            }

            fragment Problem on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = self.execute(
            query=query, operation_name="CreateUser", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CreateUser.model_validate(data)

    def products(
        self,
        filter_: Union[Optional[ProductFilter], UnsetType] = UNSET,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Products:
        query = gql("""
            query Products($filter: ProductFilter, $first: Int, $after: String) {
              products(filter: $filter, first: $first, after: $after) {
                nodes {
                  productId
                  title
                  price {
                    ...Price
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment Price on Money {
              amount
              currency
            }
            """)
        variables: dict[str, object] = {
            "filter": filter_,
            "first": first,
            "after": after,
        }
        response = self.execute(
            query=query, operation_name="Products", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Products.model_validate(data)
