terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = ">= 5.46"
      configuration_aliases = [aws.replica, aws.other]
    }
    coder = { source = "coder/coder", version = ">= 2.5" }
    legacy = "~> 1.0"
  }

  backend "s3" {}
}
