# Application Auto Scaling knows a table and each of its indexes by themselves, for reads and for
# writes.
locals {
  places = merge(
    { table = { resource = aws_dynamodb_table.data.name, kind = "table", name = "DataTable" } },
    { control = { resource = aws_dynamodb_table.control.name, kind = "table", name = "ControlTable" } },
    {
      for index in keys(local.indexes) : index => {
        resource = "${aws_dynamodb_table.data.name}/index/${index}"
        kind     = "index"
        name     = "DataTable${title(index)}"
      }
    },
  )

  scaled = local.provisioned ? {
    for pair in setproduct(keys(local.places), ["Read", "Write"]) : "${pair[0]}/${pair[1]}" => {
      place  = local.places[pair[0]]
      access = pair[1]
    }
  } : {}
}

resource "aws_appautoscaling_target" "capacity" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = "table/${each.value.place.resource}"
  scalable_dimension = "dynamodb:${each.value.place.kind}:${each.value.access}CapacityUnits"
  min_capacity       = local.limits[each.key].least
  max_capacity       = local.limits[each.key].most
  tags               = var.tags
}

resource "aws_appautoscaling_policy" "capacity" {
  for_each = aws_appautoscaling_target.capacity

  name               = "${local.scaled[each.key].place.name}${local.scaled[each.key].access}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = local.capacity.target
    scale_out_cooldown = local.capacity.cooldown_out
    scale_in_cooldown  = local.capacity.cooldown_in

    predefined_metric_specification {
      predefined_metric_type = "DynamoDB${local.scaled[each.key].access}CapacityUtilization"
    }
  }
}
