region = "us"
images = {
  centos7 = "ami-1"
  debian12 = "ami-0new"
}
