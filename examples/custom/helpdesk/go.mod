module custom/helpdesk

go 1.26
