region = "us"
images = {
  centos7 = "ami-1"
}
