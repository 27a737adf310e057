module custom/app

go 1.26
