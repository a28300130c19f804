region = "eu"
images = {
  centos7 = "ami-1"
}
