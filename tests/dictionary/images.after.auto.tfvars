# images, by terraform
region = "us-west-2" // c
images = {
  aws = {
    "us-west-2" = { centos7 = "ami-0new", ubuntu1404 = "ami-0bbb" }
    eu-west-1   = {
      centos7    = "ami-0ccc" # old
      ubuntu1404 = "ami-0ddd"
    }
  }
}
list = [{ name = "centos7", ami = "ami-${var.x}" }, { name = "b", ami = "ami-0eee" }]
