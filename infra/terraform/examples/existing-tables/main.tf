# Data in Terraform, functions in SAM: this makes the tables, and the stack takes them by parameter.
terraform {
  required_version = "~> 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "region" {
  description = "Region of the tables and of the stack."
  type        = string
  default     = "eu-west-1"
}

variable "stack_name" {
  description = "Name of the SAM stack: stack_name in samconfig.toml."
  type        = string
  default     = "tenantql-prod"
}

variable "page_topic_arns" {
  description = "SNS topics that are told of throttles and errors."
  type        = list(string)
  default     = []
}

provider "aws" {
  region = var.region
}

module "tables" {
  source = "../../tables"

  stack_name      = var.stack_name
  page_topic_arns = var.page_topic_arns

  tags = {
    project     = "tenantql"
    environment = "production"
  }
}

output "parameter_overrides" {
  description = "For sam deploy --parameter-overrides."
  value       = module.tables.parameter_overrides
}
