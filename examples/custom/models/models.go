// Package models says what the application holds: the tickets that the pipeline makes, and the
// escalations that the application writes. It does no I/O.
package models

import (
	"time"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
)

// Ticket is a row of silver.tickets, made by the pipeline.
type Ticket struct {
	model.Record
	Title    string     `lode:",type=text" doc:"What it is about."`
	Priority string     `lode:",oneof=low|normal|high" doc:"As the agent sees it."`
	Owner    *string    `lode:",type=normalized_email" doc:"The agent who works on it."`
	OpenedAt time.Time  `lode:",type=timestamp" doc:"When it was written."`
	ClosedAt *time.Time `lode:",type=timestamp" doc:"When it was solved; NULL while it is open."`
	IsUrgent bool       `lode:",type=boolean_string" doc:"T or F in the help desk."`
	model.Synced
}

// Escalation is a row of app.escalations, written by the application.
type Escalation struct {
	ID       uuid.UUID `lode:",key,generated" doc:"Given by the application."`
	TicketID string    `lode:",unique" doc:"source_id of the ticket."`
	Reason   string    `lode:",oneof=too old|urgent" doc:"Why somebody has to look at it."`
	Note     *string   `doc:"What came of it."`
	model.Audit
}

// The models and the columns that the application asks for.
var (
	Tickets  = model.Entity[Ticket]("tickets")
	TicketID = model.Field(Tickets, func(t *Ticket) *string { return &t.SourceID })
	OpenedAt = model.Field(Tickets, func(t *Ticket) *time.Time { return &t.OpenedAt })
	ClosedAt = model.Maybe(Tickets, func(t *Ticket) **time.Time { return &t.ClosedAt })
	Priority = model.Field(Tickets, func(t *Ticket) *string { return &t.Priority })
	IsUrgent = model.Field(Tickets, func(t *Ticket) *bool { return &t.IsUrgent })

	Escalations      = model.Table[Escalation]("escalations", model.Describe("Tickets that somebody has to look at."))
	EscalationTicket = model.Field(Escalations, func(e *Escalation) *string { return &e.TicketID })
	EscalationReason = model.Field(Escalations, func(e *Escalation) *string { return &e.Reason })
	TicketEscalation = model.HasMany(TicketID, EscalationTicket, func(*Ticket) *[]*Escalation { return new([]*Escalation) })
)

// All lists the models for the store.
func All() []model.Some { return []model.Some{Tickets, Escalations} }

// TicketEntity declares the entity by its struct, and maps the help desk's records to it.
func TicketEntity(stream string) (schema.Entity, error) {
	return model.EntityOf(Tickets, schema.Entity{
		Description: "Requests for help.",
		From: []schema.Mapping{{
			Stream: stream, ValidAt: schema.ValidAt{Field: "changed"}, Ignore: []string{"id", "revision"},
			Fields: []schema.FieldMapping{
				{Name: "title", From: "subject | title"}, {Name: "priority", From: "priority"}, {Name: "owner", From: "agent.email"},
				{Name: "opened_at", From: "opened"}, {Name: "closed_at", From: "closed"}, {Name: "is_urgent", From: "urgent"},
			},
		}},
	})
}
