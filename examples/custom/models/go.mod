module custom/models

go 1.26
