variable "stack_name" {
  description = "Name of the SAM stack that works with the tables. Its roles know them by it."
  type        = string

  validation {
    # The names of the stack's roles are made of it, and have at most 64 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.stack_name))
    error_message = "At most 40 of a-z, 0-9 and hyphen, and a letter first."
  }
}

variable "tier" {
  description = "Tier of the data table, a part of its name."
  type        = string
  default     = "basic"

  validation {
    condition     = contains(["basic", "advanced", "premium", "enterprise"], var.tier)
    error_message = "One of basic, advanced, premium, enterprise."
  }
}

variable "number" {
  description = "Number of the data table, the end of its name."
  type        = number
  default     = 1

  validation {
    condition     = var.number >= 1 && var.number <= 99 && floor(var.number) == var.number
    error_message = "A whole number of 1 to 99."
  }
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the tables; off for what may go."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "Customer key that encrypts the tables; null for the key that AWS owns, free of charge."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "The ARN of a key, not of an alias."
  }
}

variable "recovery_period_days" {
  description = "Days that point-in-time recovery reaches back."
  type        = number
  default     = 35

  validation {
    condition     = var.recovery_period_days >= 1 && var.recovery_period_days <= 35
    error_message = "1 to 35 days."
  }
}

variable "capacity_mode" {
  description = "How the tables are paid for; provisioned scales for the traffic of capacity_for."
  type        = string
  default     = "on-demand"

  validation {
    condition     = contains(["on-demand", "provisioned"], var.capacity_mode)
    error_message = "on-demand or provisioned."
  }
}

variable "capacity_for" {
  description = "Requests a day that provisioned capacity is scaled for, in millions."
  type        = string
  default     = "1M"

  validation {
    condition     = contains(["1M", "10M", "65M"], var.capacity_for)
    error_message = "1M, 10M or 65M: docs/load/scaling.md has the limits."
  }
}

variable "contributor_insights" {
  description = "Whether CloudWatch lists the busiest keys of each table and index (charged by event)."
  type        = bool
  default     = false
}

variable "page_topic_arns" {
  description = "SNS topics that hear of throttles and errors, at most five. Give at least one."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.page_topic_arns) <= 5 && alltrue([for arn in var.page_topic_arns : can(regex("^arn:[a-z-]+:sns:.+$", arn))])
    error_message = "At most five ARNs of SNS topics."
  }
}

variable "notice_topic_arns" {
  description = "SNS topics that hear of capacity that is nearly used up, at most five."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.notice_topic_arns) <= 5 && alltrue([for arn in var.notice_topic_arns : can(regex("^arn:[a-z-]+:sns:.+$", arn))])
    error_message = "At most five ARNs of SNS topics."
  }
}

variable "runbooks_url" {
  description = "Where the runbooks are, for the alarms' descriptions."
  type        = string
  default     = "docs/runbooks"
}

variable "tags" {
  description = "Tags of everything that has tags."
  type        = map(string)
  default     = {}
}
