locals {
  parameters = {
    ExistingDataTable       = aws_dynamodb_table.data.name
    ExistingDataTableStream = aws_dynamodb_table.data.stream_label
    ExistingControlTable    = aws_dynamodb_table.control.name
    TableUpkeep             = "elsewhere"
    CapacityMode            = var.capacity_mode
    CapacityFor             = var.capacity_for
    KmsKeyArn               = var.kms_key_arn == null ? "" : var.kms_key_arn
  }
}

output "sam_parameters" {
  description = "Parameters of the SAM stack, by name."
  value       = local.parameters
}

output "parameter_overrides" {
  description = "The same, as sam deploy --parameter-overrides takes it."
  value       = join(" ", [for name, value in local.parameters : "${name}=${value}" if value != ""])
}

output "data_table_arn" {
  description = "ARN of the data table."
  value       = aws_dynamodb_table.data.arn
}

output "control_table_arn" {
  description = "ARN of the control table."
  value       = aws_dynamodb_table.control.arn
}
