# A VPC, much as terraform-aws-modules writes one.
locals {
  len_public_subnets = max(length(var.public_subnets), length(var.public_subnet_names))
  max_subnet_length  = max(local.len_public_subnets, 0)
  vpc_id             = try(aws_vpc_ipv4_cidr_block_association.this[0].vpc_id, aws_vpc.this[0].id, "")
  policy             = <<-EOT
    {
      "Statement": [{ "Effect": "Allow", "Resource": "arn:aws:s3:::${var.name}/*" }]
    }
  EOT
}

/* The network itself. */
resource "aws_vpc" "this" {
  count = var.create_vpc ? 1 : 0

  cidr_block           = var.use_ipam_pool ? null : var.cidr # not both
  enable_dns_hostnames = var.enable_dns_hostnames
  tags = merge(
    { "Name" = var.name },
    var.tags,
    { for k, v in var.vpc_tags : k => v if v != "" },
  )

  dynamic "timeouts" {
    for_each = var.timeouts[*]
    content { create = timeouts.value }
  }

  lifecycle { ignore_changes = [tags["x"], tags.y] }
}

resource "aws_subnet" "public" {
  count             = local.len_public_subnets
  vpc_id            = local.vpc_id
  availability_zone = length(regexall("^[a-z]{2}-", element(var.azs, count.index))) > 0 ? element(var.azs, count.index) : null
  tags = {
    Name = try(var.public_subnet_names[count.index], format("${var.name}-%s", element(var.azs, count.index)))
  }
}

data "aws_iam_policy_document" "flow_log" {
  statement {
    actions = ["sts:AssumeRole"] // who
    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

ephemeral "random_password" "db" {
  length = 16
}

module "endpoints" {
  source = "./modules/vpc-endpoints"

  vpc_id = local.vpc_id
}

module "label" {
  source  = "cloudposse/label/null"
  version = "~> 0.25"
}

variable "name" {
  description = "Name to be used on all the resources as identifier"
  type        = string
  default     = ""
}

variable "cidr" {
  description = "(Optional) The \"IPv4\" CIDR block"
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "Not a CIDR block."
  }

  validation {
    condition     = var.cidr != "0.0.0.0/0"
    error_message = "Not ${var.cidr}, please."
  }
}

variable "subnets" {
  type = map(object({
    cidr  = string
    az    = optional(string, "a") # the zone
    extra = optional(list(number), [1, 2])
  }))
  default = {
    a = { cidr = "10.0.0.0/24", az = null }
    "b-c" : {
      cidr  = "10.0.1.0/24",
      extra = [1, -2.50, 3e2,]
    }
  }
  nullable = false
}

variable "secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

output "vpc_id" {
  description = "The ID of the VPC"
  value       = local.vpc_id
}

output "secret" {
  value     = var.secret
  sensitive = true
}
