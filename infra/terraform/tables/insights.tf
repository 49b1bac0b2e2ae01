resource "aws_dynamodb_contributor_insights" "data" {
  count = var.contributor_insights ? 1 : 0

  table_name = aws_dynamodb_table.data.name
}

resource "aws_dynamodb_contributor_insights" "index" {
  for_each = var.contributor_insights ? local.indexes : {}

  table_name = aws_dynamodb_table.data.name
  index_name = each.key
}

resource "aws_dynamodb_contributor_insights" "control" {
  count = var.contributor_insights ? 1 : 0

  table_name = aws_dynamodb_table.control.name
}
