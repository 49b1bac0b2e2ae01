locals {
  provisioned = var.capacity_mode == "provisioned"
  capacity    = jsondecode(file("${path.module}/capacity.json"))
  limits      = local.capacity.limits[var.capacity_for]

  # The first three lead with the tenant, as the directory does; the platform index does not, and
  # the tenant role cannot name it.
  indexes = {
    GSI1      = { hash_key = "GSI1PK", range_key = "GSI1SK", projection_type = "ALL" }
    GSI2      = { hash_key = "GSI2PK", range_key = "GSI2SK", projection_type = "ALL" }
    GSI3      = { hash_key = "GSI3PK", range_key = "GSI3SK", projection_type = "ALL" }
    directory = { hash_key = "DIRPK", range_key = "PK", projection_type = "KEYS_ONLY" }
    platform  = { hash_key = "PLATPK", range_key = "PLATSK", projection_type = "KEYS_ONLY" }
  }

  attributes = toset(concat(["PK", "SK"], flatten([for index in local.indexes : [index.hash_key, index.range_key]])))
}

resource "aws_dynamodb_table" "data" {
  #checkov:skip=CKV_AWS_119:DynamoDB encrypts in any case; kms_key_arn chooses a key of the customer's
  #checkov:skip=CKV2_AWS_16:on demand by default, else each table and index has a target in scaling.tf

  # <stack>-data-<tier>-<nn>: the role of the tenants covers all tables of this form, and no other.
  name                        = format("%s-data-%s-%02d", var.stack_name, var.tier, var.number)
  deletion_protection_enabled = var.deletion_protection
  billing_mode                = local.provisioned ? "PROVISIONED" : "PAY_PER_REQUEST"
  read_capacity               = local.provisioned ? local.limits["table/Read"].least : null
  write_capacity              = local.provisioned ? local.limits["table/Write"].least : null
  hash_key                    = "PK"
  range_key                   = "SK"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  tags                        = var.tags

  dynamic "attribute" {
    for_each = local.attributes

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = global_secondary_index.value.projection_type
      read_capacity   = local.provisioned ? local.limits["${global_secondary_index.key}/Read"].least : null
      write_capacity  = local.provisioned ? local.limits["${global_secondary_index.key}/Write"].least : null
    }
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_period_days
  }

  # false is the key that AWS owns: DynamoDB encrypts in any case.
  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    # Scaling changes capacity, and an apply would set it back. Terraform cannot leave out an index's
    # capacity alone: take the last away for an apply that changes indexes or the mode.
    ignore_changes = [read_capacity, write_capacity, global_secondary_index]
  }
}
