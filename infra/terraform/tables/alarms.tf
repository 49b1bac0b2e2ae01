# The alarms of the tables that template.yaml has where TableUpkeep is stack, and as there: each has
# a runbook. They tell topics by themselves, since the pages that gather alarms are the stack's.
locals {
  data_parts = merge(
    { table = { TableName = aws_dynamodb_table.data.name } },
    {
      for index in keys(local.indexes) : index => {
        TableName                = aws_dynamodb_table.data.name
        GlobalSecondaryIndexName = index
      }
    },
  )

  operations = {
    data = [
      "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
      "TransactWriteItems",
    ]
    control = ["GetItem", "PutItem"]
  }

  throttles = {
    for access in ["Read", "Write"] : "${access}ThrottlesAlarm" => {
      what       = "DynamoDB throttles ${lower(access)}s of the data table."
      result     = "throttled"
      expression = "SUM(FILL(METRICS(), 0))"
      series = {
        for part, dimensions in local.data_parts : "${lower(access)}_${lower(part)}" => {
          metric     = "${access}ThrottleEvents"
          dimensions = dimensions
        }
      }
    }
  }

  lasting = merge(local.throttles, {
    ControlThrottlesAlarm = {
      what       = "DynamoDB throttles the control table."
      result     = "throttled"
      expression = "SUM(FILL(METRICS(), 0))"
      series = {
        for access in ["Read", "Write"] : lower(access) => {
          metric     = "${access}ThrottleEvents"
          dimensions = { TableName = aws_dynamodb_table.control.name }
        }
      }
    }

    # DynamoDB tells these by table and operation; the operations are those that the layer sends.
    SystemErrorsAlarm = {
      what       = "DynamoDB answers with errors of its own."
      result     = "errors"
      expression = "SUM(FILL(METRICS(), 0))"
      series = merge([
        for table, operations in local.operations : {
          for operation in operations : "${table}_${lower(operation)}" => {
            metric = "SystemErrors"
            dimensions = {
              TableName = table == "data" ? aws_dynamodb_table.data.name : aws_dynamodb_table.control.name
              Operation = operation
            }
          }
        }
      ]...)
    }
  })

  # A table and each of its indexes have a limit of their own: the account's quota for a table, or
  # where capacity is provisioned, what it may scale to.
  shares = {
    for access in ["Read", "Write"] : access => join(", ", [
      for part in concat(["table"], keys(local.indexes)) :
      "FILL(used_${lower(part)}, 0) / ${local.limits["${part}/${access}"].most}"
    ])
  }

  used = {
    for access in ["Read", "Write"] : "${access}CapacityAlarm" => {
      what = "The data table uses most of the ${lower(access)} capacity that it may have."
      expression = (
        local.provisioned
        ? "100 / PERIOD(used_table) * MAX([ ${local.shares[access]}])"
        : "100 * MAX(FILL(METRICS(\"used\"), 0)) / PERIOD(used_table) / FILL(limit, REPEAT)"
      )
      series = merge(
        {
          for part, dimensions in local.data_parts : "used_${lower(part)}" => {
            metric     = "Consumed${access}CapacityUnits"
            stat       = "Sum"
            dimensions = dimensions
          }
        },
        local.provisioned ? {} : {
          limit = { metric = "AccountMaxTableLevel${access}s", stat = "Maximum", dimensions = null }
        },
      )
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "lasting" {
  for_each = local.lasting

  alarm_name          = "${var.stack_name}-${each.key}"
  alarm_description   = "${each.value.what} ${var.runbooks_url}/endpoint.md#${lower(each.key)}"
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.page_topic_arns
  ok_actions          = var.page_topic_arns
  tags                = var.tags

  metric_query {
    id          = each.value.result
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.series

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = metric_query.value.metric
        stat        = "Sum"
        period      = 60
        dimensions  = metric_query.value.dimensions
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "used" {
  for_each = local.used

  alarm_name          = "${var.stack_name}-${each.key}"
  alarm_description   = "${each.value.what} ${var.runbooks_url}/notices.md#${lower(each.key)}"
  evaluation_periods  = 3
  threshold           = 80
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.notice_topic_arns
  tags                = var.tags

  metric_query {
    id          = "share"
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.series

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = 300
        dimensions  = metric_query.value.dimensions
      }
    }
  }
}
