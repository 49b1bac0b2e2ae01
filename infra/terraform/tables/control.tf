resource "aws_dynamodb_table" "control" {
  #checkov:skip=CKV_AWS_119:DynamoDB encrypts in any case; kms_key_arn chooses a key of the customer's
  #checkov:skip=CKV2_AWS_16:on demand by default, else the table has targets in scaling.tf

  name                        = "${var.stack_name}-control"
  deletion_protection_enabled = var.deletion_protection
  billing_mode                = local.provisioned ? "PROVISIONED" : "PAY_PER_REQUEST"
  read_capacity               = local.provisioned ? local.limits["control/Read"].least : null
  write_capacity              = local.provisioned ? local.limits["control/Write"].least : null
  hash_key                    = "PK"
  range_key                   = "SK"
  tags                        = var.tags

  attribute {
    name = "PK"
    type = "S"
  }

  attribute {
    name = "SK"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_period_days
  }

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    ignore_changes = [read_capacity, write_capacity]
  }
}
